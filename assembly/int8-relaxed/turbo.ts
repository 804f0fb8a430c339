/** Which build this is: assembly/int8-turbo/ has the other answer. */

/** Whether the engine joins neighbouring vectors into wider ones. */
export const TURBO: bool = false;
