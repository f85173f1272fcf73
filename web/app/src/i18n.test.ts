import { expect, it } from "vitest";
import { firstLanguage } from "./i18n";

it.each<[string | null, string[], string]>([
  [null, ["fr-CA", "en"], "fr"],
  [null, ["de", "en-GB", "fr"], "en"],
  [null, ["de", "ar"], "en"],
  [null, [], "en"],
  ["fr", ["en"], "fr"],
  ["xx", ["fr"], "fr"],
])("kept %s, browser %j: %s", (kept, browser, expected) => {
  expect(firstLanguage(kept, browser)).toBe(expected);
});
