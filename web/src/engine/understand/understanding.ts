/** What understanding asks, each loaded when it is first asked for. */
import type { UnderstandApi } from "../understand-api.ts";

/** Ends the measurement that goes on; of which there is one, since two would disturb each other. */
let going = new AbortController();

/** The signal of a new one; it is there at once, so that no stop comes too early. */
function begin(): AbortSignal {
  going.abort();
  going = new AbortController();
  return going.signal;
}

export const understanding: UnderstandApi = {
  manifold: async (asked) => (await import("./manifold.ts")).showManifold(asked),
  block: async (settings) => (await import("./block.ts")).countBlock(settings),
  countLayers: async (size) => (await import("./layers.ts")).countLayers(size),
  async measureLayers(size, onShare) {
    const signal = begin();
    return await (await import("./layers.ts")).measureLayers(size, { signal, onShare });
  },
  async tradeOff(sizes, onVariant, onShare) {
    const signal = begin();
    const { measureVariants } = await import("./trade-off.ts");
    await measureVariants(sizes, { signal, onVariant, onShare });
  },
  stopMeasuring: async () => going.abort(),
  look: async (model, picture, onLoaded) =>
    await (await import("./features.ts")).look(model, picture, onLoaded),
  channels: async (map) => (await import("./features.ts")).showChannels(map),
  mapFile: async (map) => (await import("./features.ts")).mapFile(map),
  activation: async (classIndex) => await (await import("./features.ts")).activation(classIndex),
};
