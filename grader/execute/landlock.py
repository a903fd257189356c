def probe():
    return "not yet"
