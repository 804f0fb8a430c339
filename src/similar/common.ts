/** Comparing pictures, wherever that runs: indexes as plain objects and bytes, copies and neighbours in them. */
export type { LikenessKind } from "./descriptor.ts";
export {
  decodePictureIndex,
  encodePictureIndex,
  type IndexedPicture,
  type PictureIndex,
  type VectorMaker,
} from "./picture-index.ts";
export {
  type CopyGroup,
  type CopyOfGroup,
  type CopyOptions,
  groupCopies,
  type NearestOptions,
  type NearPicture,
  nearestPictures,
} from "./search.ts";
