/**
 * The page's script: takes its request from the address, so that all of the work happens in code
 * that the page's content security policy governs.
 */
import { answer } from "./answer.ts";
import type { BrowserAnswer, BrowserRequest } from "./requests.ts";

const { searchParams } = new URL(location.href);
const request = JSON.parse(searchParams.get("request") as string) as BrowserRequest;
const inWorker = searchParams.has("worker");
const policy = searchParams.get("policy");

/** A worker has the policy of its own script. */
const script = `/worker.js${policy === null ? "" : `?${new URLSearchParams({ policy })}`}`;

function askWorker(): Promise<BrowserAnswer> {
  return new Promise((resolve) => {
    const worker = new Worker(script, { type: "module" });
    worker.onmessage = ({ data }) => resolve(data as BrowserAnswer);
    worker.onerror = ({ message }) => resolve({ kind: "error", message });
    worker.postMessage(request);
  });
}

Object.assign(globalThis, { answer: inWorker ? askWorker() : answer(request) });
