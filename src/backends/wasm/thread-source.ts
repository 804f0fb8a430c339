/**
 * What a helper thread runs, as text: it starts from a string, so that no bundler has to find a file
 * and a page needs no asset path (a page's policy has to allow `worker-src blob:`). The text is plain
 * JavaScript for a Node worker and a browser's alike.
 *
 * A helper sleeps on a bell. It rings for a run, whose program the helper then walks along with the
 * leader, or for a message, which it can only get by returning to its event loop.
 */

import { napMilliseconds } from "./module.ts";
import { failedWord } from "./team-words.ts";

/** Words of the bell, which all helpers hear. */
export const bellWord = { rings: 0, program: 1 } as const;

/**
 * Words that a helper shares with its owner alone: how many messages it was sent, and 1 once it listens.
 * The owner can read that while it is inside a run and hears no events.
 */
export const helperWord = { messages: 0, listens: 1 } as const;

/** A count of messages that no helper reaches: one that was ended, and is not gone yet, takes no more work. */
export const endedCount = -1;

/** The helper's program. What it sends are the numbers of programs that it has left. */
export const threadSource: string = `
"use strict";
const node = typeof require === "function" ? require("node:worker_threads").parentPort : undefined;
const send = (message) => (node ?? self).postMessage(message);
const programs = new Map();
let bell, own, heard = 0, handled = 0;

function receive(message) {
  handled++;
  if (message.bell !== undefined) {
    bell = new Int32Array(message.bell);
    own = new Int32Array(message.own);
    Atomics.store(own, ${helperWord.listens}, 1);
  }
  if (message.module !== undefined) {
    const { module, memory, id, program, team, worker } = message;
    const words = new Int32Array(memory.buffer);
    const failed = (team >> 2) + ${failedWord};
    const nap = (address, word) => {
      Atomics.wait(words, address >> 2, word, ${napMilliseconds});
      if (Atomics.load(words, failed) !== 0) throw "the run was given up";
    };
    // Steps of the host are the leader's.
    const imports = { env: { memory }, parallel: { nap, hostStep: () => {} } };
    const { help } = new WebAssembly.Instance(module, imports).exports;
    programs.set(id, () => {
      try {
        help(program, worker);
      } catch {
        Atomics.store(words, failed, 1);
      }
    });
  }
  if (message.removed !== undefined) {
    programs.delete(message.removed);
    send(message.removed);
  }
  listen();
}

function listen() {
  while (Atomics.load(own, ${helperWord.messages}) === handled) {
    for (let i = 0; i < 20000 && Atomics.load(bell, ${bellWord.rings}) === heard; i++);
    Atomics.wait(bell, ${bellWord.rings}, heard);
    heard = Atomics.load(bell, ${bellWord.rings});
    if (Atomics.load(own, ${helperWord.messages}) !== handled) return;
    programs.get(Atomics.load(bell, ${bellWord.program}))?.();
  }
}

if (node) node.on("message", receive);
else self.onmessage = ({ data }) => receive(data);
`;
