"""The report as a reader meets it: opened from a file in headless Chromium, read, filtered, clicked through.

# ctest: long, 300 s
"""
import json
import os
import pathlib
import subprocess
import sys
import unittest
import urllib.parse

from browser import Browser, find_chromium

LONGHAUL = os.environ["LONGHAUL"]
BUILD = pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"])
HERE = pathlib.Path.cwd()
PAGE = HERE / "report.html"

SERIES = "plot => plot.data.filter(trace => trace.meta === 'series')"
PLOTS = "[...document.querySelectorAll('main .plot')]"


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def make_report():
    for program, file in (("format_sample", "sample.h5"), ("report_sample", "hard.h5"), ("pairs_sample", "pairs.h5")):
        subprocess.run([BUILD / "bin" / program, file], check=True)
    return subprocess.run([LONGHAUL, "report", "sample.h5", "hard.h5", "pairs.h5", "-o", PAGE], check=True, capture_output=True, text=True)


def contrast(one, other):
    """WCAG 2's contrast ratio of two colours '#rrggbb'."""
    def luminance(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


class Report(unittest.TestCase):
    """The page in a browser that all tests share; each begins in the light and on a wide screen."""
    output = browser = None

    def setUp(self):
        self.browser.size(1280)
        self.browser.prefer("light")

    def tearDown(self):
        self.assertEqual(self.browser.problems, [], "errors and warnings on the console")

    @classmethod
    def open(cls, choice=""):
        cls.browser.open("about:blank")  # a new fragment alone would not load the page again
        cls.browser.open(PAGE.as_uri() + choice)
        cls.settle()

    @classmethod
    def settle(cls):
        """Charts are drawn by promises; two frames later they stand."""
        cls.browser.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def ask(self, expression):
        return self.browser.ask(expression)

    def press(self, text, within="#controls"):
        self.ask(f"[...document.querySelectorAll('{within} button')].find(b => b.textContent === {json.dumps(text)}).click()")
        self.settle()

    def fragment(self):
        return dict(urllib.parse.parse_qsl(self.ask("location.hash")[1:]))

    def first_plot_series(self):
        return self.ask(f"({SERIES})({PLOTS}[0]).map(trace => trace.name)")


class Read(Report):
    """As it opens; these change nothing that the next would see."""

    @classmethod
    def setUpClass(cls):
        cls.browser.size(1280)
        cls.browser.prefer("light")
        cls.open()

    def test_answers_before_it_charts(self):
        text = self.ask("document.body.innerText")
        answer = "At +10 ms the hierarchical all_reduce is 1.5× faster than flat at 16 MiB and 2.9× at 16 B."
        self.assertIn(answer, text)
        self.assertIn("4 of 72 points did not converge", text)
        self.assertIn("1:400 scaled lab", text)
        self.assertLess(text.index(answer), text.index("Time over size"))
        self.assertIn(answer, self.output.stdout)
        self.assertTrue(self.ask("document.querySelector('.findings').getBoundingClientRect().bottom < innerHeight"))

    def test_draws_each_series_with_all_its_points(self):
        shapes = self.ask(f"{PLOTS}.map(plot => ({SERIES})(plot).map(trace => trace.x.length))")
        collective = [[6] * 6, [6] * 6, [6] * 3, [6] * 6]  # time, busbw, hierarchical against flat, use of the link
        self.assertEqual(shapes[:8], collective * 2)
        bands = self.ask(f"{PLOTS}[0].data.filter(trace => trace.meta === 'band').map(trace => trace.x.length)")
        self.assertEqual(bands, [12] * 6)
        limits = self.ask(f"{PLOTS}[0].data.filter(trace => trace.meta === 'limit').length")
        self.assertEqual(limits, 3)

    def test_draws_the_medians_of_the_file(self):
        text = subprocess.run([LONGHAUL, "convert", "sample.h5", "--to", "json"], check=True, capture_output=True, text=True).stdout
        points = json.loads(text)["points"]
        expected = sorted((p["size"], p["median"]) for p in points if p["operation"] == "all_reduce")
        drawn = self.ask(f"({SERIES})({PLOTS}[0]).flatMap(trace => trace.x.map((x, i) => [x, trace.y[i]]))")
        self.assertEqual(len(drawn), 36)
        for (size, median), (x, y) in zip(expected, sorted(map(tuple, drawn))):
            self.assertEqual(x, size)
            self.assertAlmostEqual(y / median, 1, places=5)

    def test_draws_points_that_did_not_converge_open(self):
        symbols = self.ask(f"({SERIES})({PLOTS}[0]).flatMap(trace => trace.x.map((x, i) => [trace.name, x, trace.marker.symbol[i]]))")
        opened = {(name, size) for name, size, symbol in symbols if symbol.endswith("-open")}
        self.assertEqual(opened, {("+10 ms, flat", 1024), ("+10 ms, hierarchical", 1024)})

    def test_keeps_one_colour_a_setting_in_all_charts(self):
        colours = self.ask(f"{PLOTS}.slice(0, 8).flatMap(plot => ({SERIES})(plot).map(t => [t.name.split(',')[0], t.line.color]))")
        self.assertEqual(len({tuple(pair) for pair in colours}), 3)
        self.assertEqual(len({colour for _, colour in colours}), 3)

    def test_sets_measured_beside_configured_round_trips(self):
        rows = self.ask("[...document.querySelectorAll('[aria-label=Distance] tbody tr')].map(row => [...row.children].map(cell => cell.textContent))")
        self.assertEqual([row[:4] for row in rows], [["0 ms", "west – east", "0 ns", "160 µs"], ["native", "west – east", "802 µs", "962 µs"],
                                                     ["+10 ms", "west – east", "10.8 ms", "11 ms"]])
        dots = self.ask("[...document.querySelector('[aria-label=Distance] .plot').data].map(trace => trace.x.length)")
        self.assertEqual(dots, [96, 96, 96])

    def test_draws_the_sites(self):
        self.assertEqual(self.ask("[...document.querySelectorAll('.fabric .site')].map(text => text.textContent)"),
                         ["west · 2 ranks", "east · 2 ranks"])

    def test_can_be_read_in_both_schemes(self):
        for scheme in ("light", "dark"):
            self.browser.prefer(scheme)
            names = ("paper", "ink", "muted", "link", "wrong", "doubtful")
            colours = {name: self.ask(f"inkOf('{name}')") for name in names}
            for name in names[1:]:
                with self.subTest(scheme=scheme, text=name):
                    self.assertGreaterEqual(contrast(colours["paper"], colours[name]), 4.5)

    def test_names_every_control(self):
        unnamed = self.ask("[...document.querySelectorAll('button')].filter(b => !(b.textContent.trim() || b.ariaLabel)).length")
        self.assertEqual(unnamed, 0)
        levels = self.ask("[...document.querySelectorAll('h1, h2, h3')].filter(h => h.offsetParent).map(h => Number(h.tagName[1]))")
        self.assertEqual(levels[0], 1)
        self.assertTrue(all(after - before <= 1 for before, after in zip(levels, levels[1:])), levels)


class Used(Report):
    """Each opens the page it uses."""

    def test_lays_another_file_beside_and_says_first_how_they_compare(self):
        self.open()
        text = self.ask("document.querySelector('.verdicts').textContent")
        self.assertIn("hard.h5 against sample.h5", text)
        self.press("hard.h5", "#controls")
        self.assertEqual(self.fragment()["beside"], "1")
        overlays = self.ask(f"{PLOTS}.map(plot => plot.data.filter(trace => trace.meta === 'overlay').length)")
        self.assertGreater(max(overlays), 0)
        self.press("nothing")
        self.assertNotIn("beside", self.fragment())

    def test_asks_nothing_of_the_network(self):
        self.open()
        self.press("all_reduce")
        foreign = [url for url in self.browser.requests
                   if not url.startswith(("data:", "about:", "blob:")) and not url.startswith(PAGE.as_uri())]
        self.assertEqual(foreign, [])

    def test_has_round_ticks_and_keeps_them_when_zoomed(self):
        self.open()
        ticks = self.ask(f"{PLOTS}[0].layout.xaxis.ticktext")
        self.assertEqual(ticks, ["32 B", "1 KiB", "32 KiB", "1 MiB"])
        self.ask(f"Plotly.relayout({PLOTS}[0], {{'xaxis.range': [3, 4]}}).then(() => null)")
        self.settle()
        self.assertEqual(self.ask(f"{PLOTS}[0].layout.xaxis.ticktext"), ["1 KiB", "2 KiB", "4 KiB", "8 KiB"])

    def test_filters_by_collective_and_keeps_it_in_the_address(self):
        self.open()
        self.press("all_gather")
        shown = "[...document.querySelectorAll('[data-collective]')].map(section => section.dataset.collective)"
        self.assertEqual(self.ask(shown), ["all_gather"])
        self.assertEqual(self.fragment()["collective"], "all_gather")
        self.open("#collective=all_gather")
        self.assertEqual(self.ask(shown), ["all_gather"])

    def test_hides_a_setting_in_all_charts(self):
        self.open()
        self.press("+10 ms")
        self.assertEqual(self.first_plot_series(), ["0 ms, flat", "0 ms, hierarchical", "native, flat", "native, hierarchical"])
        pressed = "[...document.querySelectorAll('#controls button')].find(b => b.textContent === '+10 ms').ariaPressed"
        self.assertEqual(self.ask(pressed), "false")
        self.assertEqual(self.fragment()["hide"], "wan:+10ms")
        self.open("#hide=wan%3A%2B10ms")
        self.assertEqual(len(self.first_plot_series()), 4)

    def test_hides_an_algorithm(self):
        self.open()
        self.press("flat")
        self.assertEqual(self.first_plot_series(), [f"{wan}, hierarchical" for wan in ("0 ms", "native", "+10 ms")])

    def test_filters_by_mode_where_a_file_has_two(self):
        self.open("#file=1")
        self.assertEqual(self.ask("document.querySelector('.summary:not([hidden]) h1').textContent"), "hard.h5")
        self.press("throughput")
        self.assertEqual(self.fragment()["mode"], "throughput")
        self.assertEqual(self.ask("document.querySelectorAll('[data-collective=all_reduce] tbody tr').length"), 36)
        self.assertIn("No point", self.ask("document.querySelector('[data-collective=all_gather]').textContent"))

    def test_runs_no_text_of_a_file(self):
        self.open("#file=1")
        self.press("all_reduce")
        self.ask("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        self.assertEqual(self.ask("document.title"), "Longhaul: sample.h5, hard.h5, pairs.h5")
        self.assertEqual(self.ask("document.querySelectorAll('main img, main script, header img, header script').length"), 0)
        self.assertIn("<img src=x onerror=", self.ask("document.querySelector('main').textContent"))

    def test_puts_wrong_data_first_and_crosses_it_out(self):
        self.open("#file=1&collective=all_reduce")
        first = self.ask("document.querySelector('.summary:not([hidden]) .findings li').textContent")
        self.assertTrue(first.startswith("Wrong. 1 of 108 points delivered wrong data: flat all_reduce of 1 MiB"), first)
        crosses = self.ask(f"{PLOTS}.slice(0, 2).map(plot => plot.data.filter(trace => trace.meta === 'wrong').map(trace => trace.x))")
        self.assertEqual(crosses, [[[1 << 20]], [[1 << 20]]])

    def test_says_where_a_size_of_nothing_went(self):
        self.open("#file=1&collective=all_reduce")
        self.assertIn("A size of 0 B has no place", self.ask("document.querySelector('figcaption').textContent"))
        self.assertIn("0 B", self.ask("document.querySelector('main tbody').textContent"))

    def test_sorts_its_tables(self):
        self.open()
        self.ask("document.querySelector('main details.values').open = true")
        medians = "[...document.querySelectorAll('[data-collective=all_reduce] tbody tr')].map(row => row.children[3].textContent)"
        self.press("median", "[data-collective=all_reduce] thead")
        rising = self.ask(medians)
        self.press("median", "[data-collective=all_reduce] thead")
        self.assertEqual(self.ask("document.querySelector('th[aria-sort]').getAttribute('aria-sort')"), "descending")
        self.assertEqual(self.ask(medians)[0], rising[-1])
        self.assertTrue(rising[0].endswith("µs") and rising[-1].endswith("ms"), rising)

    def test_shows_samples_of_a_point_by_keyboard(self):
        self.open()
        self.ask("document.querySelector('main details.values').open = true; document.querySelector('tbody button').focus()")
        self.browser.press("Enter")
        self.settle()
        self.assertTrue(self.ask("document.getElementById('point').open"))
        samples = self.ask("document.querySelector('#point .plot').data[0].y.length")
        self.assertEqual(samples, 92)  # 4 visits of 24, one of each entered late
        self.browser.press("Escape")
        self.assertFalse(self.ask("document.getElementById('point').open"))

    def test_shows_samples_of_a_marker_that_is_clicked(self):
        self.open()
        self.ask("document.querySelector('main .plot').scrollIntoView({block: 'center'})")
        place = self.ask(f"""(() => {{
            const plot = {PLOTS}[0], trace = ({SERIES})(plot).find(one => one.name === '+10 ms, flat');
            const box = plot.getBoundingClientRect(), {{xaxis, yaxis}} = plot._fullLayout;
            return [box.left + xaxis._offset + xaxis.d2p(trace.x[0]), box.top + yaxis._offset + yaxis.d2p(trace.y[0])];
        }})()""")
        self.browser.click(*place)
        self.settle()
        self.assertEqual(self.ask("document.getElementById('point-title').textContent"), "all_reduce, flat, 16 B at +10 ms")

    def test_is_dark_where_the_reader_prefers_it_and_light_on_paper(self):
        self.open()
        paper = "getComputedStyle(document.documentElement).backgroundColor"
        ink = f"{PLOTS}[0].layout.font.color"
        self.assertEqual(self.ask(paper), "rgb(255, 255, 255)")
        light_ink = self.ask(ink)
        self.browser.prefer("dark")
        self.settle()
        self.assertNotEqual(self.ask(paper), "rgb(255, 255, 255)")
        self.assertNotEqual(self.ask(ink), light_ink)
        self.browser.prefer("dark", media="print")
        self.ask("dispatchEvent(new Event('beforeprint'))")
        self.settle()
        self.assertEqual(self.ask(paper), "rgb(255, 255, 255)")
        self.assertEqual(self.ask(ink), light_ink)
        self.assertTrue(self.ask("[...document.querySelectorAll('details')].every(details => details.open)"), "folded on paper")

    def test_fits_a_telephone(self):
        self.browser.size(400)
        self.open()
        self.assertLessEqual(self.ask("document.documentElement.scrollWidth"), 400)
        self.assertEqual(self.ask("getComputedStyle(document.querySelector('.figures')).gridTemplateColumns.split(' ').length"), 1)

    def test_opens_ten_megabytes_of_samples(self):
        """That it opens whole; how quickly: tests/performance/speed.py."""
        subprocess.run([BUILD / "bin" / "large_sample", "large.h5"], check=True)
        subprocess.run([LONGHAUL, "report", "large.h5", "-o", "large.html"], check=True, capture_output=True)
        self.browser.open((HERE / "large.html").as_uri())
        self.settle()
        self.assertEqual(self.ask("files[0].points.length"), 1000)
        self.assertGreater(len(self.first_plot_series()), 1)
        self.assertGreater(self.ask("files[0].samples.flat().reduce((sum, visit) => sum + visit[3].length, 0)"), 10_000)

    def test_shows_pairs_of_hosts_as_squares_with_a_table_beside(self):
        self.open("#file=2")
        self.assertIn("Pair by pair", self.ask("document.querySelector('main').textContent"))
        heat = "document.querySelector('[aria-label=Pairs] .plot').data[0]"
        self.assertEqual(self.ask(f"{heat}.z.length"), 6)
        self.assertIsNone(self.ask(f"{heat}.z[0][0]"))
        self.press("pairwise-alone")
        self.assertEqual(self.fragment()["settings"], "pairwise-alone")
        worst = self.ask("[...[...document.querySelectorAll('[aria-label=Pairs] tbody')].pop().rows[0].cells].map(cell => cell.textContent)")
        self.assertIn("west-2", worst[:2])
        self.assertTrue(worst[4].startswith("1.2"), worst)
        self.assertIn("the NIC of west-2 stands out", self.ask("document.querySelector('.summary:not([hidden])').textContent"))


def setUpModule():
    Report.output = make_report()
    Report.browser = Browser(find_chromium())


def tearDownModule():
    Report.browser.close()


if __name__ == "__main__":
    if not find_chromium():
        skip("no chromium; apt-get install chromium")
    if not (BUILD / "share/longhaul/plotly.min.js").is_file():
        skip("the build has no plotly.min.js; ./quickstart fetches it")
    unittest.main()
