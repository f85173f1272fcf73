import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { ask, DESKTOP, PHONE, useBrowser, type Visit, violations, visit } from "./browser";

useBrowser();

const QUESTION = {
  "en-GB": "Where do the first-year tourism students travel in April 2027?",
  "fr-FR": "À partir de quelle moyenne a-t-on la mention bien ?",
};
const NARROW = { width: 320, height: 640 };

const VISITS = (["light", "dark"] as const).flatMap((colorScheme) => [
  { colorScheme, locale: "en-GB" as const, viewport: DESKTOP, name: `${colorScheme}, desktop, English` },
  { colorScheme, locale: "fr-FR" as const, viewport: PHONE, name: `${colorScheme}, phone, French` },
  { colorScheme, locale: "fr-FR" as const, viewport: NARROW, name: `${colorScheme}, 320 px, French` },
]);

async function sound(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, "nothing sticks out sideways").toBeLessThanOrEqual(0);
}

describe.each(VISITS)("$name", ({ name: _, ...options }) => {
  const go = (path: string, look: (page: Page) => Promise<void>, more: Visit = {}) =>
    visit(path, { ...options, ...more }, look);

  it("ask, answer and source", () =>
    go("/", async (page) => {
      await sound(page);
      await ask(page, QUESTION[options.locale]);
      await sound(page);
      await page.locator("section[aria-labelledby=answer] a").first().click();
      await page.locator("mark[data-first]").waitFor();
      await sound(page);
      await page.getByRole("button", { name: /Settings|Réglages/ }).click();
      await page.getByRole("dialog").waitFor();
      await sound(page);
    }));

  it("I do not know", () =>
    go("/?q=What+is+the+capital+of+Mongolia", async (page) => {
      await page.locator('[data-phase="done"]').waitFor();
      await sound(page);
    }));

  it("documents, upload and deletion", () =>
    go(
      "/documents",
      async (page) => {
        await page.getByTestId("documents").waitFor();
        await sound(page);
        await page.getByRole("button", { name: /Add documents|Ajouter des documents/ }).click();
        await page.getByRole("dialog").waitFor();
        await sound(page);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "hidden" });
        await page
          .getByRole("button", { name: /^(Delete|Supprimer)/ })
          .first()
          .click();
        await page.getByRole("dialog").waitFor();
        await sound(page);
      },
      { key: true },
    ));

  it("a PDF's original page", () =>
    go("/documents", async (page) => {
      await page.getByRole("searchbox").fill("exam-regulations");
      await page.getByRole("listitem").filter({ hasText: "PDF" }).first().getByRole("link").click();
      const tab = page.getByRole("tab", { name: /Original page|Page d’origine/ });
      await page
        .getByRole("heading", { name: /Page 1/ })
        .or(tab)
        .first()
        .waitFor();
      if (await tab.isVisible()) await tab.click();
      await page.locator("[data-drawn] canvas").waitFor();
      await sound(page);
    }));

  it("an address that does not exist", () => go("/nowhere", sound));
});
