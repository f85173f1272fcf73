import { expect, it } from "vitest";
import { en } from "./en";
import { fr } from "./fr";

type Tree = { [key: string]: string | string[] | Tree };

function* leaves(tree: Tree, path = ""): Generator<[string, string]> {
  for (const [key, value] of Object.entries(tree)) {
    const here = path ? `${path}.${key}` : key;
    if (typeof value === "string") yield [here, value];
    else if (Array.isArray(value)) for (const [index, text] of value.entries()) yield [`${here}.${index}`, text];
    else yield* leaves(value, here);
  }
}

const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

it("says in French all that it says in English, with the same holes to fill", () => {
  const french = new Map(leaves(fr));
  const english = new Map(leaves(en));
  expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [key, text] of english) expect(holes(french.get(key) ?? ""), key).toEqual(holes(text));
});

it("sets a no-break space before French double signs", () => {
  for (const [key, text] of leaves(fr)) {
    if (key !== "app.otherLanguage") expect(text, key).not.toMatch(/ [?!;:»]|« /);
  }
});
