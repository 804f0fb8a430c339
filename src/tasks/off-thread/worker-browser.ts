/**
 * The script of a worker in a page that runs one model. The build joins it and all that it needs into
 * one file, so that bundlers have nothing to split and a page can serve it as it is.
 */
import { MobileNetError } from "../../errors.ts";
import { decode } from "../decode-browser.ts";
import type { Post } from "./answer-requests.ts";
import type { Request } from "./messages.ts";
import { serve } from "./serve.ts";

/** A worker's global scope, as far as it is used: the DOM's types have a page's. */
interface WorkerScope {
  onmessage: ((event: { readonly data: Request }) => void) | null;
  onmessageerror: (() => void) | null;
  readonly postMessage: (message: unknown, options: { transfer: ArrayBuffer[] }) => void;
}

const scope = globalThis as unknown as WorkerScope;
const post: Post = (answer, transfer = []) => scope.postMessage(answer, { transfer });
const take = serve(decode, post);
scope.onmessage = ({ data }) => void take(data);
// Whoever waits for an answer to it is told that the worker failed.
scope.onmessageerror = () => {
  throw new MobileNetError("internal", "a message to the worker cannot be read");
};
post({ kind: "ready" });
