/** The browser's Cache that holds the hub's files. */
export const browserCache = "mobilenetv2";
