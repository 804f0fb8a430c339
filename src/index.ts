export { MobileNetError } from "./errors.ts";
