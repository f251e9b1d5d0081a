// Readers of outputs that are not ours, for the tests: packages of npm.
//
//     readers.mjs FOLDER            installs them there once; then, for each line of JSON that says a document and its reader,
//                                   answers a line with what was read, or with the fault
//     readers.mjs FOLDER --install  installs only

import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

import { install } from "../install.mjs";

const PACKAGES = [
  "tap-parser@18.3.4", "azure-pipelines-task-lib@5.281.0", "@actions/core@3.0.1", "adaptivecards@3.0.6", "@pagerduty/pdjs@2.2.4",
  "@grafana/schema@13.2.3", "typescript@5.9.3",
];

async function load(folder) {
  const require = createRequire(join(folder, "package.json"));
  const tap = require("tap-parser");
  const azure = require("azure-pipelines-task-lib/taskcommand");
  const core = await import(pathToFileURL(join(folder, "node_modules/@actions/core/lib/core.js")));

  // It is made for browsers, and looks for one.
  globalThis.self = globalThis;
  const cards = require(join(folder, "node_modules/adaptivecards/dist/adaptivecards.js"));

  // What `@actions/core` writes for a command.
  function written(command, properties, message) {
    const { title, file, line, col } = properties;
    const write = process.stdout.write;
    let text = "";
    process.stdout.write = (part) => ((text += part), true);
    try {
      core[command](message, { title, file, startLine: line, startColumn: col });
    } finally {
      process.stdout.write = write;
    }
    return text.replace(/\r?\n$/, "");
  }

  const plain = (text) =>
    text.replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%0A/g, "\n").replace(/%0D/g, "\r").replace(/%25/g, "%");

  const lines = (text) => text.replace(/\n$/, "").split("\n");

  // Throws what the compiler of TypeScript says of a document where a type of a package is wanted.
  const known = new Map();
  function typed(document, type, module) {
    const typescript = require("typescript");
    const file = join(folder, "document.ts");
    const source = `import type { ${type} } from ${JSON.stringify(join(folder, "node_modules", module))};\n` +
      `const document: ${type} = ${JSON.stringify(document)};\nexport default document;\n`;
    // An enumeration is no type of plain JSON: its values are.
    const plain = (text) =>
      text.replace(/export declare enum (\w+) \{([^}]*)\}/g, (_, name, body) =>
        `export type ${name} = ${[...body.matchAll(/= ("[^"]*"|-?\d+)/g)].map((value) => value[1]).join(" | ")};`);
    const options = { strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ["lib.es2022.d.ts", "lib.dom.d.ts"] };
    const host = typescript.createCompilerHost(options);
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (name) => name === file || fileExists(name);
    host.readFile = (name) => (name === file ? source : readFile(name));
    host.getSourceFile = (name, ...more) => {
      if (name === file) return typescript.createSourceFile(name, source, more[0]);
      if (!known.has(name)) {
        const read = name.includes("@grafana") ? typescript.createSourceFile(name, plain(readFile(name)), more[0]) : null;
        known.set(name, read ?? getSourceFile(name, ...more));
      }
      return known.get(name);
    };
    const program = typescript.createProgram([file], options, host);
    const wrong = typescript.getPreEmitDiagnostics(program, program.getSourceFile(file));
    if (wrong.length > 0) {
      throw new Error(wrong.map((one) => typescript.flattenDiagnosticMessageText(one.messageText, " ")).join("; "));
    }
  }

  return {
    tap(text) {
      const events = tap.Parser.parse(text, { strict: true });
      const of = (name) => events.filter(([event]) => event === name).map(([, told]) => told);
      const points = of("assert").map(({ ok, name, todo, skip, diag }) => ({ ok, name, todo, skip, diag }));
      const { failures } = of("complete")[0];
      const mistakes = failures.filter((failure) => failure.tapError).map((failure) => failure.tapError);
      return { points, mistakes, extra: of("extra"), bailout: of("bailout"), version: of("version") };
    },
    // The card of a message for Teams: nothing in it that the library of its makers does not know.
    teams(text) {
      const message = JSON.parse(text);
      const [attachment] = message.attachments;
      if (message.type !== "message" || attachment.contentType !== "application/vnd.microsoft.card.adaptive") {
        throw new Error("no card is attached");
      }
      const context = new cards.SerializationContext();
      const card = new cards.AdaptiveCard();
      card.parse(attachment.content, context);
      const unknown = Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at).message);
      const wrong = card.validateProperties().validationEvents.map((event) => event.message);
      if (unknown.length + wrong.length > 0) throw new Error([...unknown, ...wrong].join("; "));
      const texts = [];
      for (let at = 0; at < card.getItemCount(); at++) {
        const block = card.getItemAt(at);
        for (let run = 0; run < block.getInlineCount(); run++) texts.push(block.getInlineAt(run).text);
      }
      return { version: attachment.content.version, texts };
    },
    // An event for PagerDuty, as the types of its own client say; they leave out the two keys that say who sends it.
    pagerduty(text) {
      const { client, client_url, ...event } = JSON.parse(text);
      typed(event, "EventPayloadV2", "@pagerduty/pdjs/build/src/events");
      return { event, client, client_url };
    },
    // A board of Grafana, as its own types say; they leave out what a board says of the instance that it is taken into.
    grafana(text) {
      const { __inputs, __elements, __requires, ...board } = JSON.parse(text);
      typed(board, "Dashboard", "@grafana/schema/dist/types/raw/dashboard/x/types.gen");
      return { panels: board.panels.length };
    },
    azure(text) {
      return lines(text).map((line) => {
        const { command, properties, message } = azure.commandFromString(line);
        if (new azure.TaskCommand(command, properties, message).toString() !== line) throw new Error(`not as ${line}`);
        return { command, properties, message };
      });
    },
    // The runner reads what `@actions/core` writes: each line must be what it writes for what the line says.
    github(text) {
      return lines(text).map((line) => {
        const [, command, list, message] = /^::(error|warning|notice) ([^:]*)::(.*)$/.exec(line);
        const properties = Object.fromEntries(list.split(",").map((pair) => {
          const at = pair.indexOf("=");
          return [pair.slice(0, at), plain(pair.slice(at + 1))];
        }));
        const read = { command, properties, message: plain(message) };
        const expected = written(command, properties, read.message);
        if (expected !== line) throw new Error(`${line} is not ${expected}`);
        return read;
      });
    },
  };
}

const folder = resolve(process.argv[2]);
install(folder, PACKAGES);
if (!process.argv.includes("--install")) {
  const readers = await load(folder);
  for await (const line of createInterface({ input: process.stdin })) {
    const { reader, text } = JSON.parse(line);
    let answer;
    try {
      answer = { read: readers[reader](text) };
    } catch (fault) {
      answer = { fault: String(fault) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}
