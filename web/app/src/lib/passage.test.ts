import { describe, expect, it } from "vitest";
import { citedText, pageOf, pieces, spanOf } from "./passage";

const block = (text: string, start: number, page: number | null = null) => ({
  kind: { type: "paragraph" as const },
  text,
  page,
  span: { start, end: start + Array.from(text).length },
});

describe("pieces", () => {
  const cut = (text: string, start: number, span: [number, number]) =>
    pieces(block(text, start), { start: span[0], end: span[1] }).map(({ text, cited }) => (cited ? `[${text}]` : text));

  it.each<[string, number, [number, number], string[]]>([
    ["abcdef", 10, [12, 14], ["ab", "[cd]", "ef"]],
    ["abcdef", 10, [10, 16], ["[abcdef]"]],
    ["abcdef", 10, [0, 12], ["[ab]", "cdef"]],
    ["abcdef", 10, [14, 90], ["abcd", "[ef]"]],
    ["abcdef", 10, [16, 20], ["abcdef"]],
    ["abcdef", 10, [4, 10], ["abcdef"]],
    // The server counts an emoji as one character.
    ["🎓 école", 0, [2, 7], ["🎓 ", "[école]"]],
    ["", 10, [0, 20], []],
  ])("%s from %i cited at %j", (text, start, span, expected) => {
    expect(cut(text, start, span)).toEqual(expected);
  });

  it("leaves a block without citation whole", () => {
    expect(pieces(block("abc", 0), null)).toEqual([{ text: "abc", cited: false }]);
  });
});

it("joins the cited words of one page", () => {
  const blocks = [block("one two", 0, 1), block("three", 8, 1), block("four", 14, 2)];
  expect(citedText(blocks, { start: 4, end: 18 }, 1)).toBe("two three");
  expect(citedText(blocks, { start: 4, end: 18 })).toBe("two three four");
});

it.each([
  ["start=120&end=260&page=3", { start: 120, end: 260 }, 3],
  ["start=0&end=1", { start: 0, end: 1 }, null],
  ["start=5&end=5&page=0", null, null],
  ["start=-1&end=4&page=x", null, null],
  ["start=1e3&end=9999999999999", null, null],
  ["", null, null],
])("reads the place in ?%s", (query, span, page) => {
  const params = new URLSearchParams(query);
  expect(spanOf(params)).toEqual(span);
  expect(pageOf(params)).toBe(page);
});
