import type { Citation } from "@guichet/client";
import { expect, it } from "vitest";
import { cells, copyText, paragraphs } from "./prose";

const citation = (number: number, document: string, page: number | null = null): Citation => ({
  number,
  chunk: `chk_${number}`,
  document,
  title: `Title ${document}`,
  headings: [],
  page,
  span: { start: 0, end: 1 },
  quote: "",
  date: null,
  validity: { from: null, until: null, superseded_by: null },
  score: 1,
  uri: `/documents/${document}?start=0&end=1`,
});

it("keeps sentences of one document together, and table rows apart", () => {
  const sentences = [
    { text: "One.", citation: 1 },
    { text: "Two.", citation: 2 },
    { text: "Day: Monday | Room: B12", citation: 2 },
    { text: "Three.", citation: 3 },
    { text: "No proof yet.", citation: 9 },
  ];
  const citations = [citation(1, "a"), citation(2, "a"), citation(3, "b")];
  const texts = paragraphs(sentences, citations).map((paragraph) => paragraph.sentences.map(({ text }) => text));
  expect(texts).toEqual([["One.", "Two."], ["Day: Monday | Room: B12"], ["Three."], ["No proof yet."]]);
});

it("makes a table of rows with the same columns", () => {
  const rows = ["Day: Monday | Room: A1", "Day: Friday | Room: C2", "Town: Trieste | Places: 4"];
  const sentences = rows.map((text) => ({ text, citation: 1 }));
  const tables = paragraphs(sentences, [citation(1, "a")]);
  expect(tables.map(({ header, sentences }) => [header, sentences.length])).toEqual([
    [["Day", "Room"], 2],
    [["Town", "Places"], 1],
  ]);
});

it("reads the cells of a row", () => {
  expect(cells("Just a sentence: with a colon.")).toBeNull();
  expect(cells("Books | Loan: 21 days")).toEqual([
    { name: null, value: "Books" },
    { name: "Loan", value: "21 days" },
  ]);
});

it("copies the answer with addresses that open the sources", () => {
  const text = copyText([{ text: "One.", citation: 1 }], [citation(1, "a", 3)], "http://127.0.0.1:8080");
  expect(text).toBe("One. [1]\n\n[1] Title a, p. 3\n    http://127.0.0.1:8080/documents/a?start=0&end=1");
});
