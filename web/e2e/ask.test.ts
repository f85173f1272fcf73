import { describe, expect, it } from "vitest";
import { ask, isInView, PHONE, useBrowser, visit } from "./browser";

useBrowser();

const CASES = [
  {
    locale: "en-GB",
    question: "How many pages should my BTS placement report be?",
    words: /20 to 25 pages/,
    sources: "Sources",
    open: /^Open the source/,
  },
  {
    locale: "fr-FR",
    question: "J'ai combien de temps pour déposer un justificatif d'absence ?",
    words: /48 heures/,
    sources: "Sources",
    open: /^Ouvrir la source/,
  },
];

describe.each(CASES)("asking in $locale", ({ locale, question, words, open }) => {
  it("answers in the documents' words and opens the cited passage", async () => {
    await visit("/", { locale }, async (page) => {
      await ask(page, question);
      const answer = page.locator("section[aria-labelledby=answer]");
      expect(await answer.innerText()).toMatch(words);
      const card = page.locator("article").first();
      const quote = await card.locator("blockquote").innerText();
      await card.getByRole("link", { name: open }).click();
      const mark = page.locator("mark[data-first]");
      await mark.waitFor();
      expect(new URL(page.url()).pathname).toMatch(/^\/documents\/doc_[0-9a-f]{32}$/);
      const cited = (await page.locator("main mark").allInnerTexts()).join(" ");
      expect(plain(cited)).toContain(plain(quote));
      await expect.poll(() => isInView(page, "mark[data-first]")).toBe(true);
      expect(await mark.evaluate((element) => element === document.activeElement)).toBe(true);
      // The real page is drawn beside it, the same words marked.
      await page.locator("[data-drawn] canvas").waitFor();
      // Back shows the same answer without asking again.
      await page.goBack();
      await answer.waitFor();
      expect(await answer.innerText()).toMatch(words);
    });
  });
});

it("says honestly that it does not know, and shows what it found", async () => {
  await visit("/", {}, async (page) => {
    await ask(page, "What is the capital of Mongolia?");
    await page.getByRole("heading", { name: "I don’t know" }).waitFor();
    expect(await page.locator("section[aria-labelledby=sources]").count()).toBe(0);
  });
});

it("answers only what the chosen reader may read", async () => {
  const question = "panel code for rooms in building A";
  await visit("/", { key: true }, async (page) => {
    expect(page.url()).not.toContain("token");
    await ask(page, question);
    expect(await page.locator("main").innerText()).not.toContain("4471");
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("radio", { name: "Staff" }).check();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator("main").innerText()).toContain("4471");
  });
});

it("works by keyboard alone", async () => {
  await visit("/", {}, async (page) => {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("My lesson is Monday at 10, when is the latest I can cancel?");
    await page.keyboard.press("Enter");
    await page.locator('[data-phase="done"]').waitFor();
    await page.locator("section[aria-labelledby=answer] a").first().focus();
    await page.keyboard.press("Enter");
    await page.locator("mark[data-first]").waitFor();
  });
});

it("says that the server does not answer, and tries again", async () => {
  await visit("/", {}, async (page) => {
    await page.route("**/api/v1/answers", (route) => route.abort());
    await page.getByRole("textbox").fill("My lesson is Monday at 10, when is the latest I can cancel?");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await page.unroute("**/api/v1/answers");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator('[data-phase="done"]').waitFor();
  });
});

it("keeps the chosen language", async () => {
  await visit("/", { locale: "fr-FR", viewport: PHONE }, async (page) => {
    await page.getByRole("heading", { name: "Interrogez les documents de l’école" }).waitFor();
    await page.getByRole("button", { name: "Switch to English" }).click();
    await page.reload();
    await page.getByRole("heading", { name: "Ask the school’s documents" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
  });
});

/** Tables are cited as rows and shown as cells. */
function plain(text: string): string {
  return text
    .replace(/^(Cited passage:|Passage cité\s:)/, "")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();
}
