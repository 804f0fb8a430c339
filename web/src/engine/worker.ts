/** The engine's worker. What the page rarely asks for is loaded when it does. */
import { expose } from "comlink";
import { failureOf } from "./failure.ts";
import { unlocking } from "./host-key.ts";
import { teaching } from "./teaching.ts";
import { understanding } from "./understand/understanding.ts";
import { vision } from "./vision.ts";

export const engineApi = {
  ...failuresAsData(vision),
  ...failuresAsData(teaching),
  ...failuresAsData(understanding),
  ...failuresAsData(unlocking),
};

/** The engine, as the page calls it. */
export type EngineApi = typeof engineApi;

expose(engineApi);

/** Failures keep their codes on the way: an error that is sent keeps its message alone. */
function failuresAsData<Api extends object>(api: Api): Api {
  const wrapped = Object.entries(api).map(([name, call]) => [
    name,
    async (...given: unknown[]) => {
      try {
        return await call(...given);
      } catch (error) {
        throw failureOf(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Api;
}
