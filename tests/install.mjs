// Packages of npm in a folder of their own, for the tests that need them.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Installs packages there, unless the same ones were before. */
export function install(folder, packages) {
  const stamp = join(folder, "installed");
  const wanted = packages.join("\n");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  mkdirSync(folder, { recursive: true });
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix", folder];
  execFileSync("npm", ["install", ...flags, ...packages], { stdio: ["ignore", 2, 2] });
  writeFileSync(stamp, wanted);
}
