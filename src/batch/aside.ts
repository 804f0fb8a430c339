/**
 * What is set aside: pictures that workers died of. The file of a unit says which and why; a unit that is
 * made anew passes over them, and their lines are errors.
 */
import { isRecord } from "../formats/files.ts";
import { isNumberIn } from "../untrusted.ts";
import { asidePlace } from "./places.ts";
import { getJson, type JobStorage } from "./storage.ts";

/** What is set aside of a unit. */
export interface Aside {
  /** How often the unit was begun anew. */
  readonly round: number;
  /** Why, by the pictures' places in the unit. */
  readonly pictures: ReadonlyMap<number, string>;
}

/** The error of a picture that was set aside, the same wherever and however workers died of it. */
export const setAsideWords: string = "set aside: no process that looked at it came back";

/** What is set aside of a unit; nothing where no file says so. */
export async function readAside(storage: JobStorage, unit: number): Promise<Aside> {
  const json = await getJson(storage, asidePlace(unit));
  const { round, pictures } = isRecord(json) ? json : {};
  const entries = Array.isArray(pictures) ? (pictures as unknown[]) : [];
  return {
    round: isNumberIn(round, 0, 1000) ? round : 0,
    pictures: new Map(
      entries.flatMap((entry): [number, string][] => {
        const [at, reason] = Array.isArray(entry) ? entry : [];
        return typeof at === "number" && typeof reason === "string" ? [[at, reason]] : [];
      }),
    ),
  };
}

/** Writes it. */
export async function writeAside(storage: JobStorage, unit: number, aside: Aside): Promise<void> {
  const pictures = [...aside.pictures].sort(([a], [b]) => a - b);
  await storage.put(
    asidePlace(unit),
    `${JSON.stringify({ round: aside.round, pictures })}\n`,
    true,
  );
}
