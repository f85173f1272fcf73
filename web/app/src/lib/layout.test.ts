import type { Block } from "@guichet/client";
import { describe, expect, it } from "vitest";
import { groups, row, sections } from "./layout";

const block = (type: "paragraph" | "list_item" | "table_row", text: string, page: number | null = null): Block => ({
  kind: { type },
  text,
  page,
  span: { start: 0, end: text.length },
});

describe("groups", () => {
  it("draws neighbours together", () => {
    const drawn = groups([
      block("paragraph", "Loans"),
      block("list_item", "a"),
      block("list_item", "b"),
      block("table_row", "What: Books | Loan: 8 for 21 days"),
      block("table_row", "What: Films | Loan: 3 for 7 days"),
      block("table_row", "Day: Monday | Hours: 8 to 19"),
      block("table_row", "Tuesday | closed"),
    ]);
    expect(drawn.map(({ kind }) => kind)).toEqual(["single", "list", "table", "table", "table"]);
    expect(drawn[2]).toMatchObject({ header: ["What", "Loan"], rows: [{ cells: ["Books", "8 for 21 days"] }, {}] });
    expect(drawn[4]).toMatchObject({ header: null });
  });
});

describe("row", () => {
  it.each<[string, string[] | null, string[]]>([
    ["Day: Monday | Hours: 8:00 to 19:30", ["Day", "Hours"], ["Monday", "8:00 to 19:30"]],
    ["8 heures | Avertissement écrit", null, ["8 heures", "Avertissement écrit"]],
    ["Day: Monday | closed", null, ["Day: Monday", "closed"]],
    ["Note: alone", null, ["Note: alone"]],
    ["", null, [""]],
  ])("%s", (text, header, cells) => {
    expect(row(text)).toEqual({ header, cells });
  });
});

it("cuts by page, and long texts without pages by number of blocks", () => {
  const paged = sections([block("paragraph", "a", 1), block("paragraph", "b", 1), block("paragraph", "c", 3)]);
  expect(paged.map(({ page, blocks }) => [page, blocks.length])).toEqual([
    [1, 2],
    [3, 1],
  ]);
  const long = sections(Array.from({ length: 250 }, () => block("paragraph", "x")));
  expect(long.map(({ blocks }) => blocks.length)).toEqual([120, 120, 10]);
});
