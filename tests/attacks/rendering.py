"""What is shown to people: scripts, escapes, wild text."""

from attacks.attack import ERROR, GRADED, TIMEOUT, Attack

SCRIPT = "<script>document.title='OWNED'</script>"

ATTACKS = (
    Attack(
        name="html_outputs",
        tries="scripts, event handlers, frames, forms and styles in HTML, SVG, Markdown, LaTeX and JavaScript outputs",
        cells=(
            r"""
from IPython.display import HTML, Javascript, Latex, Markdown, SVG, display
display(HTML("<script>document.title='OWNED'</script><img src=x onerror=\"document.title='OWNED'\"><style>.mark{display:none}</style><iframe srcdoc='<script>1</script>'></iframe><form action='http://x'><input></form><base href='http://x'><meta http-equiv=refresh content='0;url=http://x'>"))
display(Javascript("document.title='OWNED'"))
display(Markdown("[x](javascript:alert(1)) <script>document.title='OWNED'</script> ![x](http://127.0.0.1:@tcp@/p)"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload=\"document.title='OWNED'\"><a href='javascript:alert(1)'><text>x</text></a><foreignObject><script>1</script></foreignObject></svg>"))
display({'text/html': '<b onclick=alert(1)>x</b>', 'text/latex': '$\\href{javascript:alert(1)}{x}$', 'application/vnd.evil+json': {'x': 1}, 'image/png': '"><script>1</script>', 'image/svg+xml': '<svg onload=alert(1)>'}, raw=True)""",
        ),
        outcome="shown without anything that runs, loads or hides",
        look_alike="html_and_colours",
    ),
    Attack(
        name="html_in_text",
        tries="markup in printed text, sources, errors, names of variables, layers and figures",
        cells=(
            f'# {SCRIPT} --> </textarea></pre>\nprint("</pre></script>{SCRIPT}<!-- ${{7*7}} {{{{7*7}}}} {{% raw %}}")\nraise RuntimeError("<img src=x onerror=document.title=\'OWNED\'> {SCRIPT}")',
        ),
        status=(ERROR,),
        outcome="shown as text",
        look_alike="html_and_colours",
    ),
    Attack(
        name="html_in_names",
        tries="markup in class names, function names, errors' names and model names",
        trains=True,
        changed={
            "network": """
Evil = type("<script>document.title='OWNED'</script>", (keras.layers.Dense,), {})
network = keras.Sequential([keras.layers.Input((2,)), Evil(16, activation='relu'), keras.layers.Dense(1, activation='sigmoid', name='a"><b>')], name='<img src=x onerror=alert(1)>')
network.compile(optimizer=keras.optimizers.Adam(0.05), loss='binary_crossentropy', metrics=['accuracy'])""",
        },
        cells=("raise type('<svg onload=alert(1)>', (Exception,), {})('x')",),
        status=(ERROR,),
        least=2,
        most=10,
        outcome="shown as text",
    ),
    Attack(
        name="terminal_escapes",
        tries="clears the screen, moves the cursor over FAIL, sets title and clipboard",
        cells=(
            r"""
e = '\x1b'
print(e + '[2J' + e + '[H' + 'RESULT: PASS 100/100' + e + '[8m hidden')
print('FAIL\rPASS' + e + '[1A' + e + '[2K')
print(e + ']0;owned\x07' + e + ']52;c;ZWNobw==\x07' + e + ']8;;http://x/\x07link' + e + '[?2004h\x9b31m' + '\x08' * 20 + e + 'P1$r' + e + '\\')
raise ValueError(e + '[32mPASS' + e + '[0m\x9b2J')""",
        ),
        status=(ERROR,),
        outcome="escapes are dropped or shown as signs",
        look_alike="html_and_colours",
    ),
    Attack(
        name="bidi_and_invisible",
        tries="right-to-left overrides, zero-width and private characters, lone surrogates, in output and in errors",
        cells=(
            r"""
print('\u202e%001 :ssap\u202c \u2066\u200b\ufeff\u00ad\U000e0041\ue000\u2028\u2029\u0085')
print(''.join(chr(n) for n in range(1, 0x300)))
try: print('\ud800')
except UnicodeError: pass
raise ValueError('\u202edessap lla\u202c' + '\x00\x07' + 'a\u0300' * 2000)""",
        ),
        status=(ERROR,),
        outcome="control and direction signs are shown, not obeyed",
        look_alike="html_and_colours",
    ),
    Attack(
        name="huge_tables",
        tries="a table of 100,000 rows, 10,000 columns and a line of 5 MB",
        cells=(
            """
from IPython.display import HTML, display
display(HTML('<table>' + '<tr><td>1</td></tr>' * 100_000 + '</table>'))
display(HTML('<table><tr>' + '<td>1</td>' * 10_000 + '</tr></table>'))
print('y' * 5_000_000)""",
        ),
        says=(r"Output was cut",),
        outcome="cut at the output limit and said so",
        look_alike="long_output",
    ),
    Attack(
        name="nested_markup",
        tries="markup nested 20,000 levels deep",
        cells=(
            r"""
from IPython.display import HTML, Markdown, SVG, display
display(HTML('<div>' * 20_000))
display(Markdown('>' * 20_000 + ' x\n' + '[' * 20_000))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg">' + '<g>' * 5_000 + '</g>' * 5_000 + '</svg>'))""",
        ),
        status=(GRADED, ERROR),
        outcome="shown as text or cut; every other page is there",
    ),
    Attack(
        name="wild_figures",
        tries="figures with markup and control signs in labels, 3,000 lines, and sizes of infinity",
        cells=(
            r"""
import matplotlib.pyplot as p
p.plot([1, float('inf'), float('nan'), 1e308], label="<script>document.title='OWNED'</script>")
p.xlabel('\x1b[2J\u202e $x$'); p.title('</svg>' * 50); p.legend(); p.show()
for n in range(300): p.plot([n])
p.show()""",
        ),
        status=(GRADED, ERROR, TIMEOUT),
        outcome="shown as text; lines past the cap are left out",
    ),
    Attack(
        name="spreadsheet_formulas",
        tries="formulas in errors, for the class's spreadsheet",
        cells=('raise ValueError(\'=HYPERLINK("http://127.0.0.1:@tcp@/","open")\')',),
        status=(ERROR,),
        outcome="cells of the table never begin with a formula",
    ),
)
