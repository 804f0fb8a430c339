/** The one key that a server may ask for. */
import type { MiddlewareHandler } from "hono";
import { sha256 } from "../formats/sha256.ts";
import { RefusedRequest } from "./refusals.ts";

/** Refuses requests without the key. */
export function requireKey(apiKey: string): MiddlewareHandler {
  const expected = sha256(new TextEncoder().encode(apiKey));
  return async (context, next) => {
    const bearer = /^Bearer (.+)$/i.exec(context.req.header("Authorization") ?? "")?.[1];
    const given = bearer ?? context.req.header("X-API-Key") ?? "";
    if (!sameText(sha256(new TextEncoder().encode(given)), expected)) {
      throw new RefusedRequest("unauthorized", "the API key is missing or wrong", {
        remedy: "Send it as Authorization: Bearer KEY.",
        headers: { "WWW-Authenticate": "Bearer" },
      });
    }
    await next();
  };
}

/** Compares texts of one length in a time that does not depend on where they differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
