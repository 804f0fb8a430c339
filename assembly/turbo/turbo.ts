/** Which build this is: see assembly/turbo.ts. */

/** Whether the engine joins neighbouring vectors into wider ones. */
export const TURBO: bool = true;
