import { expect, it } from "vitest";
import { ask, PHONE, useBrowser, visit } from "./browser";

useBrowser();

const NOTE = {
  name: "cafeteria-zebra.md",
  mimeType: "text/markdown",
  buffer: Buffer.from(
    "# Zebra canteen\n\nThe zebra canteen serves purple pancakes on Thursdays from 11:40 to 13:25.\n",
  ),
};

it("takes a file, answers from it, and forgets it at once", async () => {
  const question = "When does the zebra canteen serve purple pancakes?";
  await visit("/documents", { key: true }, async (page) => {
    await page.getByRole("button", { name: "Add documents" }).click();
    await page.locator("input[type=file]").setInputFiles([NOTE]);
    await page.getByLabel("Collection").last().fill("canteen");
    await page.getByRole("button", { name: "Add 1 file" }).click();
    await page.getByText("Received").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();

    await page.getByRole("searchbox").fill("zebra");
    const row = page.getByRole("listitem").filter({ hasText: /zebra/i });
    await row.getByText("Ready").waitFor();

    await page.getByRole("link", { name: "Ask", exact: true }).click();
    await ask(page, question);
    expect(await page.locator("section[aria-labelledby=answer]").innerText()).toContain("11:40");

    await page.getByRole("link", { name: "Documents", exact: true }).click();
    await page.getByRole("searchbox").fill("zebra");
    await row.getByRole("button", { name: /^Delete/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("is deleted.").waitFor();
    await page.getByText("No document matches these filters.").waitFor();

    await page.getByRole("link", { name: "Ask", exact: true }).click();
    await ask(page, question);
    expect(await page.locator("main").innerText()).not.toContain("11:40");
  });
});

it("explains scanned pages", async () => {
  await visit("/documents", { key: true }, async (page) => {
    await page.getByLabel("State").selectOption("needs_ocr");
    await page.getByText("text recognition (OCR)").first().waitFor();
  });
});

it("offers nothing to change without the key", async () => {
  await visit("/documents", {}, async (page) => {
    await page.getByTestId("documents").waitFor();
    expect(await page.getByRole("button", { name: /^Delete/ }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Add documents" }).count()).toBe(0);
  });
});

it("refuses a wrong key in plain words", async () => {
  await visit("/documents", {}, async (page) => {
    await page.getByRole("button", { name: "Enter the key" }).click();
    await page.getByLabel("Key", { exact: true }).fill("not-the-key");
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.keyboard.press("Escape");
    await page.getByText("no longer accepted").first().waitFor();
  });
});

it("warns on a superseded document and leads to the newer one", async () => {
  await visit("/documents", { viewport: PHONE }, async (page) => {
    await page.getByRole("searchbox").fill("2025-2026");
    await page.getByText("Superseded").first().waitFor();
    await page.getByRole("listitem").filter({ hasText: "Superseded" }).first().getByRole("link").click();
    const old = page.url();
    await page.getByText("A newer document replaces this one").waitFor();
    await page.getByRole("link", { name: "Open the newer document" }).click();
    await page.waitForURL((url) => url.href !== old);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await expect.poll(() => page.getByText("A newer document replaces this one").count()).toBe(0);
  });
});

it("downloads the original under its own name", async () => {
  await visit("/documents", {}, async (page) => {
    await page.getByRole("searchbox").fill("exam-regulations");
    await page
      .getByRole("listitem")
      .filter({ hasText: /exam.* regulations/i })
      .getByRole("link")
      .click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download the original" }).click();
    expect((await download).suggestedFilename()).toBe("exam-regulations.pdf");
  });
});

it("answers an unknown document and an unknown address", async () => {
  await visit(`/documents/doc_${"0".repeat(32)}`, {}, async (page) => {
    await page.getByText("does not exist, or you may not read it").waitFor();
  });
  await visit("/nowhere", {}, async (page) => {
    await page.getByRole("heading", { name: "This page does not exist" }).waitFor();
  });
});
