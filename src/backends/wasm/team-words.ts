/** What leaders have to know of their helpers before any of them is loaded. */

/** Helpers at most. */
export const mostHelpers = 63;

/** The word of a team's record that is set once its run can never end; its state, two words, comes first. */
export const failedWord = 2;
