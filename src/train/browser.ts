/** Training as a library in a browser, best in a worker. `index.ts` is its twin. */
export * from "./common.ts";
