import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Page } from "playwright-core";
import { describe, it } from "vitest";
import { ask, useBrowser, visit } from "./browser";

const FOLDER = resolve(import.meta.dirname, "../../docs/images");
const WIDE = { width: 1200, height: 760 };

/** The pictures in the documentation, remade on demand: `npm run pictures`. */
describe.runIf(process.env.GUICHET_PICTURES)("pictures", () => {
  useBrowser();

  const shoot = async (page: Page, name: string) => {
    await mkdir(FOLDER, { recursive: true });
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.waitForTimeout(400);
    await page.screenshot({ path: resolve(FOLDER, name), animations: "disabled" });
  };

  it("a question in English", () =>
    visit("/", { viewport: WIDE, colorScheme: "light" }, async (page) => {
      await ask(page, "Where do the first-year tourism students travel in April 2027?");
      await shoot(page, "ask-en.png");
    }));

  it("a question in French, in the dark", () =>
    visit("/", { viewport: WIDE, colorScheme: "dark", locale: "fr-FR" }, async (page) => {
      await ask(page, "J'ai combien de temps pour déposer un justificatif d'absence ?");
      await shoot(page, "ask-fr.png");
    }));

  it("the source beside its page", () =>
    visit("/", { viewport: WIDE, locale: "fr-FR" }, async (page) => {
      await ask(page, "J'ai combien de temps pour déposer un justificatif d'absence ?");
      await page.locator("section[aria-labelledby=answer] a").first().click();
      await page.locator("mark[data-first]").waitFor();
      await page.locator("[data-drawn] canvas").waitFor();
      await shoot(page, "reader.png");
    }));

  it("a phone", () =>
    visit("/", { viewport: { width: 390, height: 780 }, locale: "en-GB" }, async (page) => {
      await ask(page, "My lesson is Monday at 10, when is the latest I can cancel?");
      await shoot(page, "phone.png");
    }));
});
