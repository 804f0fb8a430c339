/** Every bench but the peers' and the single kernels', one after another. `node bench/run.js all` */
export {};

console.log("# Size\n");
await import("./size.ts");
console.log("\n# One network\n");
await import("./network.ts");
console.log("\n# Growth\n");
await import("./growth.ts");
console.log("\n# Batch\n");
await import("./batch.ts");
console.log("\n# Cold start\n");
await import("./cold-start.ts");
console.log("\n# Memory\n");
await import("./memory.ts");
