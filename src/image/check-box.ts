/** Boxes as callers give them, around objects and around what was found. */
import { having, type Kind, needed } from "../check-fields.ts";

// What is infinite or no number belongs to no pixel; who draws or judges boxes leaves it out.
const anyNumber = needed({ expected: "a number", fits: (value) => typeof value === "number" });

/** A rectangle in pixels, which may reach out of its picture. */
export const boxKind: Kind = having(
  { x: anyNumber, y: anyNumber, width: anyNumber, height: anyNumber },
  "a box with x, y, width and height",
);
