/** Teaching in the worker; what it needs is loaded when it begins. */
import type { TeachApi } from "./teach-api.ts";
import { setOwnModel } from "./vision.ts";

export const teaching: TeachApi = {
  example: async (picture) => (await import("./example.ts")).exampleOf(picture),
  savePictures: async (classes) => (await import("./example-archive.ts")).savePictures(classes),
  openPictures: async (...given) => (await import("./example-archive.ts")).openPictures(...given),
  teach: async (lesson, onProgress) => (await import("./teach.ts")).teach(lesson, onProgress),
  stopTeaching: async () => (await import("./teach.ts")).stopTeaching(),
  readModel: async (files) => (await import("./model-files.ts")).readModel(files),
  listModel: async (name, files) => setOwnModel(name, files),
  saveModel: async (...given) => (await import("./model-files.ts")).saveModel(...given),
};
