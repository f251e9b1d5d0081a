// Drives a headless Chromium through a site that runs left.
//
//     site.mjs FOLDER --install   installs playwright and axe from npm there, once, and Debian's chromium if there is none
//     site.mjs FOLDER SITE        answers with JSON: for each question how much was looked at, and what is wrong
//
// SITE holds `reports` and suites. Nothing but its files, and servers of them on loopback, is reachable from the pages. With
// TAMIZ_PROGRAM the questions are asked again of what `tamiz serve` serves, and those of its own pages beside them.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { install } from "../install.mjs";

const PACKAGES = ["playwright-core@1.65.1", "axe-core@4.14.1"];
const CHROMIUM = process.env.TAMIZ_CHROMIUM || "/usr/bin/chromium";

/** What Jenkins sends with every file of an artefact. */
const JENKINS = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';";

function installChromium() {
  if (existsSync(CHROMIUM)) return;
  const apt = (...words) => execFileSync("apt-get", words, { stdio: ["ignore", 2, 2] });
  apt("update", "-qq");
  apt("install", "-y", "-qq", "--no-install-recommends", "chromium");
}

/** The pages of the site, one of each kind or more, by their path. */
function pagesOf(reports) {
  const folders = readdirSync(join(reports, "runs")).sort();
  const newest = (suite) => folders.filter((name) => name.split("_")[1] === suite).at(-1);
  const rules = readdirSync(join(reports, "suites/ventas/rules"));
  const diffs = readdirSync(join(reports, "diff")).filter((name) => name.includes(newest("ventas")));
  const months = readdirSync(reports).filter((name) => name.startsWith("runs-"));
  return {
    index: "index.html",
    month: months[0],
    run: `runs/${newest("ventas")}/index.html`,
    error: `runs/${newest("inventario")}/index.html`,
    passed: `runs/${newest("clientes")}/index.html`,
    alone: `runs/${newest("ventas")}/report.html`,
    suite: "suites/ventas/index.html",
    rule: `suites/ventas/rules/${rules.find((name) => name.includes("cantidad"))}`,
    diff: `diff/${diffs[0]}`,
  };
}

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

/** A server of the site as Jenkins is one. */
function serve(reports) {
  const server = createServer((request, response) => {
    const path = join(reports, normalize(decodeURIComponent(new URL(request.url, "http://site").pathname)));
    if (!path.startsWith(reports) || !existsSync(path) || !statSync(path).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(path)] || "application/octet-stream",
      "Content-Security-Policy": JENKINS,
      "X-Content-Type-Options": "nosniff",
    });
    response.end(readFileSync(path));
  });
  return new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server)));
}

/** The program as a server of a copy of the site, for checks write into it. */
async function serveLive(site, program) {
  const reports = join(site, "served");
  cpSync(join(site, "reports"), reports, { recursive: true });
  const words = ["serve", "ventas.yaml", "clientes.yaml", "--reports", reports, "--listen", "127.0.0.1:0"];
  const child = spawn(program, words, { cwd: site, env: { TAMIZ_TOKEN: TOKEN }, stdio: ["ignore", "ignore", "pipe"] });
  const address = await new Promise((ready, failed) => {
    let said = "";
    child.stderr.on("data", (part) => {
      said += part;
      const found = /http:\S+/.exec(said);
      if (found) ready(found[0]);
    });
    child.on("exit", () => failed(new Error(`it does not serve: ${said}`)));
  });
  return { address: `${address}/`, reports, stop: () => child.kill() };
}

const TOKEN = "a-token-for-the-browser";

/** What one question came to. */
class Answer {
  looked = 0;
  faults = [];

  /** Holds that something is so. */
  so(what, holds, seen = "") {
    this.looked += 1;
    if (!holds) this.faults.push(seen === "" ? what : `${what}: ${seen}`);
  }

  is(what, seen, wanted) {
    this.so(what, seen === wanted, `${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
  }
}

/** A window on the site; what its pages ask for and complain of is among the faults of the answer. */
async function open(browser, home, answer, options = {}) {
  const { bears = () => false, ...rest } = options;
  const httpCredentials = { username: "ana", password: TOKEN, origin: new URL(home).origin };
  const who = home.startsWith("http:") ? { httpCredentials } : {};
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...who, ...rest });
  context.setDefaultTimeout(60_000); // A machine may be busy.
  await context.route("**/*", (route) => {
    const url = route.request().url();
    const own = url.startsWith(home) || url.startsWith("data:");
    if (!own) answer.faults.push(`asked for ${url}`);
    return own ? route.continue() : route.abort();
  });
  const page = await context.newPage();
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(home) && !url.startsWith("data:")) answer.faults.push(`a request of ${url}`);
  });
  page.on("requestfailed", (request) => {
    // Whoever goes on to the next page no longer wants what this one was still asking for.
    const why = request.failure().errorText;
    if (why !== "net::ERR_ABORTED") answer.faults.push(`${why}: ${request.url()}`);
  });
  page.on("pageerror", (error) => answer.faults.push(`${page.url()}: ${error}`));
  page.on("dialog", (dialog) => (answer.faults.push(`a dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("console", (told) => {
    if (["error", "warning"].includes(told.type()) && !bears(told.text())) answer.faults.push(`${page.url()}: ${told.text()}`);
  });
  const go = (path) => page.goto(home + path, { waitUntil: "load" });
  return { context, page, go, close: () => context.close() };
}

/** In the page: the text that is shown, and whether the style sheet is there. */
const look = () => {
  const style = getComputedStyle(document.body);
  return {
    words: document.querySelector("main").innerText.trim().split(/\s+/).length,
    heading: document.querySelector("h1").innerText,
    width: style.maxWidth,
    ink: style.color,
    paper: style.backgroundColor,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
};

/** Questions of the pages that only a server has. */
const SERVED = {
  async checks(it) {
    const { page, go, close } = await open(it.browser, it.disk, this, { locale: "es-ES" });
    await go("checks");
    await page.locator("label[for=es]").click();
    this.is("each suite can be started", await page.locator(".start").count(), 2);
    await page.locator(".start[data-suite=ventas]").click();
    const card = page.locator(".card.check").first();
    await card.waitFor();
    this.is("the suite is named", await card.locator(".suite").innerText(), "ventas");
    await page.locator(".card.check.failed").waitFor();
    this.is("it is said how it ended", (await card.locator(".stage").innerText()).trim(), "falla");
    this.so("what failed is listed", (await card.locator(".log li").count()) > 0);
    this.is("all of it was read", await card.locator("progress").evaluate((bar) => bar.value / bar.max), 1);
    this.is("what is over cannot be stopped", await card.locator(".stop").count(), 0);
    await card.locator(".end a").click();
    await page.waitForURL("**/suites/ventas/index.html");
    this.so("its page is there", (await page.locator("h1").innerText()).length > 0);
    await go("checks");
    this.is("who comes later sees it", await page.locator(".card.check.failed .suite").first().innerText(), "ventas");
    await close();
  },

  async "own pages"(it) {
    const bears = (said) => said.includes("404");
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [1280, 320]) {
        const options = { colorScheme, viewport: { width, height: 800 }, bears };
        const { page, go, close } = await open(it.browser, it.disk, this, options);
        for (const path of ["checks", "api", "suites/nobody/index.html"]) {
          await go(path);
          const seen = await page.evaluate(look);
          this.so(`${path} has its style`, seen.width !== "none", seen.width);
          this.is(`${path} is not wider than the window of ${width}`, seen.wide, 0);
          await page.evaluate(readFileSync(it.axe, "utf8"));
          const { violations } = await page.evaluate(() => globalThis.axe.run(document));
          this.is(`${path} in ${colorScheme}`, violations.map((one) => `${one.id}: ${one.nodes[0].html}`).join("; "), "");
        }
        await close();
      }
    }
  },
};

const QUESTIONS = {
  async "from disk"(it) {
    const { page, go, close } = await open(it.browser, it.disk, this);
    for (const [name, path] of Object.entries(it.pages)) {
      await go(path);
      const seen = await page.evaluate(look);
      this.so(`${name} has its style`, seen.width !== "none", seen.width);
      this.so(`${name} says something`, seen.words > 30, seen.words);
      this.is(`${name} is not wider than the window`, seen.wide, 0);
      const scripted = await page.locator("thead button").count();
      const tables = await page.locator("table[data-sort]").count();
      this.so(`the script of ${name} ran`, tables === 0 || scripted > 0);
    }
    await close();
  },

  // The same pixels as from disk without scripts: the policy takes nothing away.
  async "under Jenkins"(it) {
    const bears = (text) => /script/i.test(text) && !/style/i.test(text.replace(/stylesheet/gi, ""));
    const there = await open(it.browser, it.loopback, this, { bears });
    const here = await open(it.browser, it.disk, this, { javaScriptEnabled: false });
    for (const [name, path] of Object.entries(it.pages)) {
      if (name === "alone") continue;
      await there.go(path);
      await here.go(path);
      this.is(`${name} runs no script`, await there.page.locator("thead button").count(), 0);
      const [one, other] = await Promise.all([there, here].map(({ page }) => page.screenshot({ fullPage: true })));
      this.so(`${name} looks as it does from disk`, one.equals(other));
    }
    await there.close();
    await here.close();
  },

  async "without a script"(it) {
    const { page, go, close } = await open(it.browser, it.disk, this, { javaScriptEnabled: false, colorScheme: "light" });
    for (const [name, path] of Object.entries(it.pages)) {
      await go(path);
      const english = await page.evaluate(look);
      this.is(`${name} has nothing that only a script could work`, await page.locator("input[type=search], thead button").count(), 0);
      this.is(`${name} hides no part`, await page.locator("main [hidden]").count(), 0);
      await page.locator("label[for=es]").click();
      const spanish = await page.evaluate(look);
      this.so(`${name} is read in Spanish`, spanish.words > 30 && spanish.words !== english.words, `${english.words} ${spanish.words}`);
      const both = await page.evaluate(() => [...document.querySelectorAll("main span[lang=en]")].filter((span) => span.offsetParent).length);
      this.is(`${name} shows no English then`, both, 0);
      await page.locator("label[for=dark]").click();
      const dark = await page.evaluate(look);
      this.so(`${name} is read in the dark`, dark.paper !== english.paper && dark.ink !== english.ink, dark.paper);
      await page.locator("label[for=en]").click();
      await page.locator("label[for=light]").click();
      const again = await page.evaluate(look);
      this.is(`${name} comes back`, JSON.stringify(again), JSON.stringify(english));
    }
    await close();
  },

  async filter(it) {
    const { page, go, close } = await open(it.browser, it.disk, this);
    const shown = () => page.locator("table[data-filter] tbody tr:visible").count();
    for (const [name, path] of Object.entries({ run: it.pages.run, alone: it.pages.alone, index: it.pages.index })) {
      await go(path);
      const all = await shown();
      const [find, pick] = [page.locator("input[type=search]"), page.locator(".tools select")];
      const word = name === "index" ? "inventario" : "cantidad";
      const wanted = await page.locator("table[data-filter] tbody tr", { hasText: word }).count();
      await find.fill(`  ${word.toUpperCase()} `);
      this.so(`${name}: a word leaves some of ${all}`, wanted > 0 && wanted < all, wanted);
      this.is(`${name}: those with the word`, await shown(), wanted);
      this.is(`${name}: how many is said`, await page.locator(".tools output").innerText(), `${wanted} of ${all}`);
      await find.fill("");
      await pick.selectOption("failed");
      const failed = await page.locator("table[data-filter] tbody tr .badge.failed").count();
      this.so(`${name}: some failed`, failed > 0 && failed < all, failed);
      this.is(`${name}: those that failed`, await shown(), failed);
      await find.fill("no such thing");
      this.is(`${name}: both hold`, await shown(), 0);
      await find.fill("");
      await pick.selectOption("");
      this.is(`${name}: all again`, await shown(), all);
      await page.locator("label[for=es]").click();
      this.is(`${name}: in Spanish`, await find.getAttribute("aria-label"), "Filtrar por texto");
      await page.locator("label[for=en]").click();
    }
    await close();
  },

  async sort(it) {
    const { page, go, close } = await open(it.browser, it.disk, this);
    const column = (at) => page.locator("table[data-sort] tbody tr").evaluateAll(
      (rows, at) => rows.map((row) => row.cells[at]).map((cell) => cell.dataset.v ?? cell.innerText.trim()), at);
    const ordered = (values, turn) => values.every((value, at) => at === 0 || turn * (Number(value) - Number(values[at - 1])) >= 0);
    for (const [name, path, at] of [["run", it.pages.run, 3], ["index", it.pages.index, 4]]) {
      await go(path);
      const head = page.locator("table[data-sort] thead th").nth(at);
      const first = await column(at);
      this.so(`${name}: not in order at first`, !ordered(first, 1) || !ordered(first, -1));
      await head.locator("button").click();
      this.is(`${name}: said to go up`, await head.getAttribute("aria-sort"), "ascending");
      this.so(`${name}: goes up`, ordered(await column(at), 1), await column(at));
      await head.locator("button").focus();
      await page.keyboard.press("Enter");
      this.is(`${name}: said to go down`, await head.getAttribute("aria-sort"), "descending");
      this.so(`${name}: goes down, by the keyboard`, ordered(await column(at), -1), await column(at));
      await page.keyboard.press("Space");
      this.is(`${name}: in no order`, await head.getAttribute("aria-sort"), null);
      this.is(`${name}: as at first`, JSON.stringify(await column(at)), JSON.stringify(first));
    }
    await close();
  },

  async choices(it) {
    const { page, go, close } = await open(it.browser, it.disk, this, { colorScheme: "light" });
    await go(it.pages.index);
    const light = await page.evaluate(look);
    await page.locator("label[for=dark]").click();
    await page.locator("label[for=es]").click();
    const dark = await page.evaluate(look);
    this.so("the page turns dark", dark.paper !== light.paper);
    this.so("and Spanish", dark.heading !== light.heading, dark.heading);
    for (const name of ["run", "suite", "rule", "diff"]) {
      await go(it.pages[name]);
      this.is(`${name} is dark as well`, (await page.evaluate(look)).paper, dark.paper);
      this.is(`${name} says that it is Spanish`, await page.locator("html").getAttribute("lang"), "es");
    }
    await page.locator("label[for=auto]").click();
    this.is("what the system says, light", (await page.evaluate(look)).paper, light.paper);
    await page.emulateMedia({ colorScheme: "dark" });
    this.is("what the system says, dark", (await page.evaluate(look)).paper, dark.paper);
    await close();
  },

  async way(it) {
    const { page, go, close } = await open(it.browser, it.disk, this, { reducedMotion: "reduce" });
    const at = async (what, part) => {
      await page.waitForURL((url) => url.href.includes(part)).catch(() => {});
      await page.waitForLoadState();
      this.so(what, page.url().includes(part), page.url());
    };
    await go(it.pages.index);
    this.is("a tile for each suite", await page.locator(".tiles article").count(), 4);
    await page.locator(".tiles h2 a", { hasText: "Ventas" }).click();
    await at("the index leads to the suite", "suites/ventas/index.html");
    await page.locator("#rules a", { hasText: "cantidad" }).first().click();
    await at("the suite to the rule", "/rules/");
    await page.locator("#runs tbody a").first().click();
    await at("the rule to a run, and its place there", "#rule-");
    this.so("that place is in the window", await page.evaluate(() => {
      const { top, bottom } = document.querySelector(":target").getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    }));
    await page.locator("#changes a[href*='diff/']").click();
    await at("the run to what changed", "diff/");
    this.so("what changed has its kinds", (await page.locator("main section h2").count()) > 1);
    await page.locator(".crumbs a").first().click();
    await at("and back to the index", "index.html");
    await page.locator(".months a").first().click();
    await at("which leads to the months", "runs-");
    this.so("a month lists its runs", (await page.locator("tbody tr").count()) > 20);
    await close();
  },

  async keyboard(it) {
    const { page, go, close } = await open(it.browser, it.disk, this, { reducedMotion: "reduce" });
    for (const name of ["index", "run", "suite", "diff", "alone"]) {
      await go(it.pages[name]);
      await page.keyboard.press("Tab");
      const skip = page.locator(".skip");
      this.so(`${name}: first one may skip`, await skip.evaluate((link) => document.activeElement === link && link.getBoundingClientRect().left >= 0));
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      this.so(`${name}: which leads past the top`, await page.evaluate(() => Boolean(document.activeElement.closest("main"))));
      await go(it.pages[name]);
      const stops = await page.evaluate(() => {
        const names = new Set();
        const stops = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")];
        return stops.filter((stop) => stop.checkVisibility()).filter((stop) => stop.type !== "radio" || !names.has(stop.name) && names.add(stop.name)).length;
      });
      let before = null;
      for (let at = 0; at < Math.min(stops, 60); at += 1) {
        await page.keyboard.press("Tab");
        const stop = await page.evaluateHandle(() => document.activeElement);
        const seen = await page.evaluate(([stop, before]) => {
          const { left, right, top, bottom } = stop.getBoundingClientRect();
          const marked = stop.type === "radio" ? stop.nextElementSibling : stop;
          const { outlineStyle, outlineWidth } = getComputedStyle(marked);
          return {
            what: stop.outerHTML.slice(0, 120),
            after: !before || Boolean(before.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING),
            inside: right > 0 && bottom > 0 && left < innerWidth && top < innerHeight,
            outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
            named: Boolean(stop.innerText?.trim() || stop.getAttribute("aria-label") || stop.labels?.length),
          };
        }, [stop, before]);
        this.so(`${name}: ${seen.what} comes in order, named, in sight and outlined`, seen.after && seen.inside && seen.outlined && seen.named, JSON.stringify(seen));
        before = stop;
      }
    }
    await go(it.pages.index);
    await page.locator("#auto").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    this.so("arrows choose the theme", await page.locator("#dark").isChecked());
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    this.is("and the language", await page.locator("html").getAttribute("lang"), "es");
    await close();
  },

  async phone(it) {
    const options = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
    const { page, go, close } = await open(it.browser, it.disk, this, options);
    for (const lang of ["en", "es"]) {
      for (const [name, path] of Object.entries(it.pages)) {
        await go(path);
        await page.locator(`label[for=${lang}]`).tap();
        const seen = await page.evaluate(() => {
          const scrolls = (node) => node && (/(auto|scroll)/.test(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
          const out = [...document.querySelectorAll("main *, header *")].filter((node) => {
            const { right, left, width } = node.getBoundingClientRect();
            return width > 1 && (right > 391 || left < -1) && !scrolls(node) && !node.closest("svg svg, .hidden");
          });
          return { width: document.scrollingElement.scrollWidth, shown: innerWidth, out: out.slice(0, 3).map((node) => node.outerHTML.slice(0, 150)) };
        });
        this.so(`${name} in ${lang} is as wide as the phone`, seen.width <= 390 && seen.shown <= 390, JSON.stringify(seen));
        this.is(`${name} in ${lang} has nothing beyond its edge`, seen.out.join("\n"), "");
      }
    }
    await close();
  },

  async axe(it) {
    const source = readFileSync(it.axe, "utf8");
    const run = async (name, options, lang) => {
      const { page, go, close } = await open(it.browser, it.disk, this, { bypassCSP: true, ...options });
      for (const [kind, path] of Object.entries(it.pages)) {
        await go(path);
        await page.locator(`label[for=${lang}]`).click();
        await page.evaluate(source);
        const violations = await page.evaluate(async () => {
          const { violations, passes } = await axe.run(document, { preload: false, resultTypes: ["violations"] });
          if (passes.length < 10) return ["hardly a rule was tried"];
          return violations.flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.failureSummary}`));
        });
        this.is(`${kind}, ${name}, ${lang}`, violations.join("\n"), "");
      }
      await close();
    };
    for (const lang of ["en", "es"]) {
      for (const colorScheme of ["light", "dark"]) await run(colorScheme, { colorScheme }, lang);
    }
    await run("phone", { viewport: { width: 390, height: 844 } }, "en");
  },

  async strangers(it) {
    const { page, go, close } = await open(it.browser, it.disk, this);
    for (const name of ["run", "alone", "index", "suite", "diff", "rule"]) {
      await go(it.pages[name]);
      this.is(`${name} owns nothing`, await page.evaluate(() => typeof globalThis.owned), "undefined");
      this.is(`${name} holds no picture, frame or form`, await page.locator("img, iframe, object, embed, form, main script").count(), 0);
      const links = await page.locator("a").evaluateAll((all) => all.map((a) => a.protocol).filter((kind) => !["file:", "http:", "https:"].includes(kind)));
      this.is(`${name} links to nothing that acts`, links.join(), "");
    }
    for (const name of ["run", "alone"]) {
      await go(it.pages[name]);
      const said = await page.locator("main").innerText();
      this.so(`${name} shows markup as it was written`, said.includes("<img src=https://evil.example/x onerror='owned = 1'>"));
      this.so(`${name} shows its title as it was written`, said.includes("Ventas <b>de hoy</b>"));
    }
    await close();
  },

  async print(it) {
    const { page, go, close } = await open(it.browser, it.disk, this, { colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    for (const [name, path] of Object.entries(it.pages)) {
      await go(path);
      this.is(`${name} prints no control`, await page.locator(".choices:visible, .tools:visible").count(), 0);
      this.is(`${name} prints on white`, (await page.evaluate(look)).paper, "rgb(255, 255, 255)");
    }
    await close();
  },
};

const folder = resolve(process.argv[2]);
install(folder, PACKAGES);
if (process.argv[3] === "--install") {
  installChromium();
} else {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is not there: install Debian's chromium, or say where it is in TAMIZ_CHROMIUM`);
  const require = createRequire(join(folder, "package.json"));
  const { chromium } = require("playwright-core");
  const reports = join(resolve(process.argv[3]), "reports");
  const only = process.argv.slice(4);
  const server = await serve(reports);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
  const it = {
    browser,
    axe: require.resolve("axe-core/axe.min.js"),
    disk: `${pathToFileURL(reports).href}/`,
    loopback: `http://127.0.0.1:${server.address().port}/`,
    pages: pagesOf(reports),
  };
  const answers = {};
  const put = async ([name, ask]) => {
    const answer = new Answer();
    const began = Date.now();
    try {
      await ask.call(answer, it);
    } catch (error) {
      answer.faults.push(`not asked to the end: ${error}`);
    }
    answers[name] = { looked: answer.looked, faults: [...new Set(answer.faults)], ms: Date.now() - began };
  };
  // Two at a time: axe takes as long as all others.
  const asked = Object.entries(QUESTIONS).filter(([name]) => only.length === 0 || only.includes(name));
  const others = async () => {
    for (const question of asked.filter(([name]) => name !== "axe")) await put(question);
  };
  await Promise.all([others(), ...asked.filter(([name]) => name === "axe").map(put)]);
  if (process.env.TAMIZ_PROGRAM) {
    const live = await serveLive(resolve(process.argv[3]), process.env.TAMIZ_PROGRAM);
    it.disk = live.address;
    const again = asked.filter(([name]) => !["axe", "under Jenkins"].includes(name));
    for (const [name, ask] of [...again, ...Object.entries(SERVED)]) await put([`served: ${name}`, ask]);
    live.stop();
  }
  await browser.close();
  server.close();
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}
