/** The script of a worker thread in Node that decodes; it loads no more than that takes. */
import { loadSharp } from "../../disk/packages-node.ts";
import { decode } from "../decode-node.ts";
import { servePort } from "./parent-port-node.ts";
import { serveDecoder } from "./serve-decoder.ts";

servePort((post) => serveDecoder(decode, post));
// Takes as long as Node itself to start; where it is missing, the first picture says so.
loadSharp().catch(() => undefined);
