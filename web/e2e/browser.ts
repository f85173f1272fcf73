import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESKTOP = { width: 1200, height: 800 };
export const PHONE = { width: 360, height: 740 };

export interface Visit extends Pick<BrowserContextOptions, "locale" | "colorScheme" | "viewport" | "reducedMotion"> {
  /** Opens the page with the server's key, as the printed address does. */
  key?: boolean;
}

let browser: Browser;

/** Call once in a test file: its browser opens before the tests and closes after them. */
export function useBrowser(): void {
  beforeAll(async () => {
    const executablePath = process.env.GUICHET_CHROMIUM ?? "/usr/bin/chromium";
    browser = await chromium.launch({ executablePath, args: ARGS });
  });
  afterAll(() => browser.close());
}

/** Visits an address of the server; fails on a request to elsewhere, a breach of the policy or an error in the page. */
export async function visit(path: string, options: Visit, look: (page: Page) => Promise<void>): Promise<void> {
  const { key, ...context } = options;
  const base = inject("base");
  const faults: string[] = [];
  const opened = await browser.newContext({ viewport: DESKTOP, locale: "en-GB", reducedMotion: "reduce", ...context });
  try {
    const page = await opened.newPage();
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== base) faults.push(`request to ${request.url()}`);
    });
    page.on("pageerror", (error) => faults.push(`error in the page: ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy/i.test(message.text())) faults.push(message.text());
    });
    await page.goto(`${base}${path}${key ? `#token=${inject("token")}` : ""}`);
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    await look(page);
  } finally {
    await opened.close();
  }
  expect(faults).toEqual([]);
}

/** What axe finds wrong, in one line each. */
export async function violations(page: Page): Promise<string[]> {
  const run = `${AXE}; axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`;
  const { violations } = (await page.evaluate(run)) as {
    violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[];
  };
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary ?? ""}`),
  );
}

/** Types a question as a person would, and waits for the end of the answer. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.getByRole("textbox").fill(question);
  await page.keyboard.press("Enter");
  await page.locator('[data-phase="done"]').waitFor();
}

export async function isInView(page: Page, selector: string): Promise<boolean> {
  return page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return top >= 0 && bottom <= window.innerHeight;
    });
}
