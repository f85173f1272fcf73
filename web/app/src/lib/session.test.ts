// @vitest-environment jsdom

import { beforeEach, expect, it } from "vitest";
import { changeSession, currentSession, grantsOf, startSession, takeTokenFromAddress } from "./session";

beforeEach(() => {
  changeSession({ token: null, role: "everyone" });
  history.replaceState(null, "", "/");
});

it("takes the token from the address once, and leaves nothing of it there", () => {
  history.replaceState(null, "", "/documents?x=1#token=secret");
  takeTokenFromAddress();
  expect(currentSession().token).toBe("secret");
  expect(location.href).not.toContain("secret");
  expect(location.pathname + location.search).toBe("/documents?x=1");
  expect(sessionStorage.getItem("guichet.token")).toBe("secret");
  expect(JSON.stringify(localStorage)).not.toContain("secret");
});

it("leaves other fragments alone", () => {
  history.replaceState(null, "", "/#main");
  takeTokenFromAddress();
  expect(currentSession().token).toBeNull();
  expect(location.hash).toBe("#main");
});

it("keeps key and reader for the tab, and forgets the reader with the key", () => {
  changeSession({ token: "secret", role: "staff" });
  startSession();
  expect(currentSession()).toEqual({ token: "secret", role: "staff" });
  changeSession({ token: null });
  expect(currentSession()).toEqual({ token: null, role: "everyone" });
  expect(sessionStorage.getItem("guichet.token")).toBeNull();
});

it("gives each reader its grants", () => {
  expect(grantsOf("everyone")).toEqual(["everyone"]);
  expect(grantsOf("staff")).toEqual(["everyone", "role:staff"]);
});
