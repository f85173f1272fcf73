import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The server's origin, without slash. */
    base: string;
    token: string;
  }
}

const SAMPLES = resolve(import.meta.dirname, "../../samples/documents");
const READING_MS = 200_000;

/** Starts the real server on the sample school in an empty data folder, or uses the one at `GUICHET_URL`. */
export default async function setup(project: TestProject) {
  if (process.env.GUICHET_URL) {
    const address = new URL(process.env.GUICHET_URL);
    project.provide("base", address.origin);
    project.provide("token", new URLSearchParams(address.hash.slice(1)).get("token") ?? "");
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), "guichet-e2e-"));
  // Its own configuration, so that the developer's has no say.
  const config = join(folder, "guichet.toml");
  await writeFile(config, "");
  const places = ["--config", config, "--data", join(folder, "data"), "--ingest", SAMPLES];
  const server = spawn(binary(), ["serve", "--listen", "127.0.0.1:0", ...places]);
  try {
    const address = await announced(server);
    project.provide("base", address.origin);
    project.provide("token", new URLSearchParams(address.hash.slice(1)).get("token") ?? "");
    await allRead(address.origin);
  } catch (error) {
    await stop(server, folder);
    throw error;
  }
  return () => stop(server, folder);
}

function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? join(homedir(), ".cache/guichet-target");
  const places = [process.env.GUICHET_BIN, join(target, "debug/guichet"), resolve("../target/debug/guichet")];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error("build guichet first, or name the program in GUICHET_BIN");
  return found;
}

/** The address with the token, as the server prints it for people. */
function announced(server: ChildProcess): Promise<URL> {
  return new Promise((fulfil, reject) => {
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const address = /https?:\/\/\S+#token=\S+/.exec(output)?.[0];
      if (address) fulfil(new URL(address));
    };
    server.stdout?.on("data", read);
    server.stderr?.on("data", read);
    server.on("error", reject);
    server.on("exit", (code) => reject(new Error(`guichet serve ended with ${code}:\n${output}`)));
  });
}

async function allRead(base: string): Promise<void> {
  const until = Date.now() + READING_MS;
  let quiet = 0;
  while (Date.now() < until) {
    const { documents } = await status(base);
    const pending = (documents.queued ?? 0) + (documents.parsing ?? 0);
    // Files are registered while the server already answers: twice nothing pending means that all are known.
    quiet = pending === 0 && (documents.indexed ?? 0) > 30 ? quiet + 1 : 0;
    if (quiet === 3) return;
    await new Promise((later) => setTimeout(later, 700));
  }
  throw new Error(`the samples were not read within ${READING_MS / 1000} s`);
}

async function status(base: string): Promise<{ documents: Record<string, number> }> {
  const response = await fetch(`${base}/api/v1/status`).catch(() => null);
  return response?.ok ? ((await response.json()) as { documents: Record<string, number> }) : { documents: {} };
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null) {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGINT");
    await Promise.race([ended, new Promise((later) => setTimeout(later, 10_000))]);
    if (server.exitCode === null) server.kill("SIGKILL");
  }
  await rm(folder, { recursive: true, force: true });
}
