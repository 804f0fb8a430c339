/** Which build this is: see assembly/int8-relaxed/turbo.ts. */

/** Whether the engine joins neighbouring vectors into wider ones. */
export const TURBO: bool = true;
