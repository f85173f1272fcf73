import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { en } from "../locales/en";
import { fr } from "../locales/fr";
import { audienceText, confidence, dateText, day, match, size, standing, validityText } from "./format";

beforeAll(() =>
  i18next.init({ lng: "en", resources: { en: { translation: en }, fr: { translation: fr } } }).then(() => undefined),
);

const validity = (from: string | null, until: string | null, superseded_by: string | null = null) => ({
  from,
  until,
  superseded_by,
});

it("writes days as each language does", () => {
  expect(day("2026-09-01", "en")).toBe("1 September 2026");
  expect(day("2026-09-01", "fr")).toBe("1er septembre 2026");
  expect(day("2026-08-31", "fr")).toBe("31 août 2026");
});

describe("validityText", () => {
  it.each([
    [validity("2026-09-01", "2027-08-31"), "Valid from 1 September 2026 to 31 August 2027"],
    [validity("2026-09-01", null), "Valid from 1 September 2026"],
    [validity(null, "2027-08-31"), "Valid until 31 August 2027"],
    [validity(null, null), "Validity unknown"],
  ])("%j", (value, expected) => {
    expect(validityText(value, i18next.getFixedT("en"), "en")).toBe(expected);
  });
});

it("says that a date is unknown", () => {
  expect(dateText(null, i18next.getFixedT("fr"), "fr")).toBe("Date inconnue");
});

it.each([
  [validity("2026-09-01", "2027-08-31"), "current"],
  [validity(null, null), "current"],
  [validity("2026-11-21", "2026-11-21"), "current"],
  [validity(null, "2026-11-20"), "expired"],
  [validity("2026-11-22", null), "future"],
  [validity(null, "2026-11-20", "doc_1"), "superseded"],
] as const)("%j stands %s", (value, expected) => {
  expect(standing(value, "2026-11-21")).toBe(expected);
});

it("puts scores into words", () => {
  expect([0, 0.25, 0.5, 0.75, 1].map(match)).toEqual(["weak", "fair", "good", "strong", "strong"]);
  expect([0, 0.45, 0.75].map(confidence)).toEqual(["low", "fair", "high"]);
});

it("names readers, and keeps grants that it does not know", () => {
  const t = i18next.getFixedT("en");
  expect(audienceText(["role:staff", "course:crs_1"], t)).toBe("Staff, course:crs_1");
});

it("writes sizes", () => {
  expect([0, 999, 48_211, 3_460_000].map((bytes) => size(bytes, "en"))).toEqual([
    "0 byte",
    "999 byte",
    "48 kB",
    "3.5 MB",
  ]);
});
