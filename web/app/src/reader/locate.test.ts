import { describe, expect, it } from "vitest";
import { locate } from "./locate";

describe("locate", () => {
  it("finds words over line breaks, hyphens, ligatures and table separators", () => {
    expect(locate(["Le justi-", "ﬁcatif est dû."], "justificatif est")).toEqual([
      { index: 0, from: 3 / 9, to: 8 / 9 },
      { index: 1, from: 0, to: 10 / 14 },
    ]);
    expect(locate(["8 heures", "Avertissement"], "8 heures | Avertissement")).toEqual([
      { index: 0, from: 0, to: 1 },
      { index: 1, from: 0, to: 1 },
    ]);
  });

  it("marks nothing rather than the wrong thing", () => {
    expect(locate(["Another page"], "not here")).toEqual([]);
    expect(locate(["a b c"], "b")).toEqual([]);
    expect(locate([], "anything")).toEqual([]);
  });
});
