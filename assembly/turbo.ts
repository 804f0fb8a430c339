/** Which build this is: assembly/turbo/ has the other answer. */

/** Whether the engine joins neighbouring vectors into wider ones. */
export const TURBO: bool = false;
