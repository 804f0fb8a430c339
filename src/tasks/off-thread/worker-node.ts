/** The script of a worker thread in Node that runs one model. */
import { decode } from "../decode-node.ts";
import { servePort } from "./parent-port-node.ts";
import { serve } from "./serve.ts";

servePort((post) => serve(decode, post));
