import { useSyncExternalStore } from "react";

/** On whose behalf answers are read. */
export type Role = "everyone" | "student" | "staff";

export interface Session {
  /** The server's local token; a person calls it the key. */
  token: string | null;
  role: Role;
}

const TOKEN = "guichet.token";
const ROLE = "guichet.role";
const ROLES: readonly Role[] = ["everyone", "student", "staff"];

let session: Session = { token: null, role: "everyone" };
const listeners = new Set<() => void>();

/** Takes the token from an address such as `/#token=…`, or else the one that this tab kept. */
export function startSession(): void {
  const role = storage((kept) => kept.getItem(ROLE)) as Role | null;
  session = { token: storage((kept) => kept.getItem(TOKEN)), role: role && ROLES.includes(role) ? role : "everyone" };
  takeTokenFromAddress();
  window.addEventListener("hashchange", takeTokenFromAddress);
}

/** The token must not stay where a screenshot, a bookmark or the history would keep it. */
export function takeTokenFromAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  changeSession({ token });
}

export function changeSession(change: Partial<Session>): void {
  session = { ...session, ...change };
  if (!session.token) session.role = "everyone";
  storage((kept) => {
    if (session.token) kept.setItem(TOKEN, session.token);
    else kept.removeItem(TOKEN);
    kept.setItem(ROLE, session.role);
  });
  for (const listener of listeners) listener();
}

export function currentSession(): Session {
  return session;
}

export function grantsOf(role: Role): string[] {
  return role === "everyone" ? ["everyone"] : ["everyone", `role:${role}`];
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, currentSession);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A browser that forbids storage forgets the key with the page; nothing else breaks. */
function storage<T>(use: (kept: Storage) => T): T | null {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}
