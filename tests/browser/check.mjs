// Looks at two reports in Chromium: check.mjs CHROMIUM RUN.html FOLDER.html SHOTS [NAME].
// They must render, react to the pointer, make no request and no error. NAME is what the run is
// called. SHOTS gets pictures of both: desktop, phone, dark, print.
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const [executablePath, run, folder, shots, name] = process.argv.slice(2);
const problems = [];
const expect = (holds, what) => { if (!holds) problems.push(what); };

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function open(path, options) {
  const page = await browser.newPage(options);
  const url = pathToFileURL(path).href;
  page.on("request", (request) => {
    const target = request.url();
    expect(target === url || target.startsWith("data:"), `${path}: a request for ${target}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error") expect(page.mayFail, `${path}: ${message.text()}`);
  });
  page.on("pageerror", (error) => expect(false, `${path}: ${error}`));
  page.on("dialog", (dialog) => {
    expect(false, `${path}: a dialog says ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(url);
  return page;
}

const tip = (page) => page.evaluate(() => {
  const shown = document.querySelector("#tip");
  return shown && !shown.hidden ? shown.textContent : "";
});

async function hover(page, selector, expected) {
  const place = page.locator(selector).first();
  if (!await place.count()) return expect(false, `${selector} is missing`);
  await place.scrollIntoViewIfNeeded();
  await place.hover();
  const text = await tip(page);
  expect(text.includes(expected), `${selector}: expected a tip with "${expected}", got "${text}"`);
}

// ---- the run ----
let page = await open(run, { viewport: { width: 1280, height: 900 } });
if (name) expect(await page.locator("h1").textContent() === name, `expected the name ${name}`);
expect(await page.title() === await page.locator("h1").textContent(), "the title is not the name");
for (const text of await page.locator("svg text").allTextContents())
  expect(text !== "nan" && text !== "inf", "a chart says nan");
await hover(page, "svg.lines >> visible=true", "epoch ");
await page.mouse.move(5, 5);
expect(await tip(page) === "", "the tip stays when the pointer is gone");
await page.locator("svg.lines >> visible=true").first().focus();
await page.keyboard.press("ArrowRight");
expect((await tip(page)).includes("epoch 1"), "the arrow keys do not move along a chart");
await hover(page, "svg.bars rect >> nth=0", "latent ");
expect(await page.locator("img").evaluateAll((all) => all.every((one) => one.naturalWidth > 0)),
  "a picture does not load");

// ---- the folder ----
page = await open(folder, { viewport: { width: 1280, height: 900 } });
await hover(page, "td.verdict[data-tip]", " against ");
const over = page.locator(".stage .over"), slider = page.locator(".compare input");
const clip = () => over.evaluate((image) => getComputedStyle(image).clipPath);
const before = await clip();
await slider.focus();
await page.keyboard.press("Home");
expect(await clip() !== before, `the slider does not move: ${before}`);
const box = await page.locator(".stage").boundingBox();
await page.mouse.click(box.x + 0.75 * box.width, box.y + 0.5 * box.height);
expect(/7[4-6]/.test(await slider.inputValue()), "a touch on the face does not move the slider");
const first = await over.getAttribute("src");
await page.locator(".compare select").nth(2).selectOption({ index: 1 });
expect(await over.getAttribute("src") !== first, "another face is not shown");
const second = await over.getAttribute("src");
await page.locator(".compare select").nth(1).selectOption({ index: 0 });
expect(await over.getAttribute("src") !== second, "another model is not shown");
expect(await page.locator(".names span").nth(1).textContent() === "original", "no name on the right");

// ---- the policy, which also stops a script that someone puts in ----
page.mayFail = true;
await page.evaluate(() => {
  const script = document.createElement("script");
  script.textContent = "window.intruder = true";
  document.body.append(script);
});
expect(!await page.evaluate(() => window.intruder), "the policy lets other scripts run");

// ---- pictures, and whether the pages fit ----
const looks = [
  ["desktop", { viewport: { width: 1280, height: 900 } }, "screen"],
  ["phone", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true }, "screen"],
  ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }, "screen"],
  ["print", { viewport: { width: 794, height: 1123 } }, "print"],
];
for (const [path, kind] of [[run, "run"], [folder, "folder"]])
  for (const [look, options, media] of looks) {
    page = await open(path, options);
    await page.emulateMedia({ media });
    const wide = await page.evaluate(() =>
      document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide <= 0, `${kind}, ${look}: ${wide} pixels too wide`);
    await page.screenshot({ path: `${shots}/${kind}_${look}.png`, fullPage: true });
    await page.close();
  }
await browser.close();
for (const problem of problems) console.error(problem);
console.log(problems.length ? "" : "both reports render, react and make no request");
process.exit(problems.length ? 1 : 0);
