import { describe, expect, it } from "vitest";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { detectScheme, type NamingScheme, placeOf } from "./weight-names.ts";

const cases: readonly (readonly [NamingScheme, string, string | undefined])[] = [
  ["slim", "MobilenetV2/Conv/weights", "stem/weights"],
  ["slim", "FeatureExtractor/MobilenetV2/Conv/Conv2D/merged_input", "stem/weights"],
  ["slim", "module_apply_default/MobilenetV2/Conv/Conv2D_weights", "stem/weights"],
  ["slim", "MobilenetV2/Conv/BatchNorm/batchnorm/sub", "stem/bias"],
  ["slim", "MobilenetV2/Conv_1/BatchNorm/FusedBatchNormV3/Offset", "head/bias"],
  ["slim", "MobilenetV2/expanded_conv/depthwise/depthwise_weights", "block_0/depthwise/weights"],
  [
    "slim",
    "MobilenetV2/expanded_conv_13/depthwise/BatchNorm/batchnorm/mul",
    "block_13/depthwise/scale",
  ],
  [
    "slim",
    "MobilenetV2/expanded_conv_16/project/BatchNorm/moving_variance",
    "block_16/project/batch_norm/variance",
  ],
  ["slim", "MobilenetV2/Logits/Conv2d_1c_1x1/biases", "classifier/bias"],
  [
    "slim",
    "FeatureExtractor/MobilenetV2/layer_19_1_Conv2d_2_1x1_256/Conv2D/merged_input",
    "extra_1/reduce/weights",
  ],
  [
    "slim",
    "FeatureExtractor/MobilenetV2/layer_19_2_Conv2d_5_3x3_s2_128_depthwise/BatchNorm/batchnorm/sub",
    "extra_4/depthwise/bias",
  ],
  [
    "slim",
    "BoxPredictor_0/ClassPredictor_depthwise/BatchNorm/gamma",
    "class_0/depthwise/batch_norm/gamma",
  ],
  ["slim", "BoxPredictor_5/BoxEncodingPredictor/biases", "box_5/project/bias"],
  ["slim", "image_pooling/Conv2D/merged_input", "aspp/image_pool/weights"],
  ["slim", "concat_projection/BatchNorm/FusedBatchNorm/Offset", "aspp/project/bias"],
  ["slim", "logits/semantic/weights", "logits/weights"],
  ["slim", "Postprocessor/Reshape_1/shape", undefined],
  ["slim", "global_step", undefined],
  ["keras", "Conv1/kernel", "stem/weights"],
  ["keras", "mobilenetv2_1.00_224/bn_Conv1/moving_mean", "stem/batch_norm/mean"],
  ["keras", "expanded_conv_depthwise/depthwise_kernel", "block_0/depthwise/weights"],
  ["keras", "block_7_expand_BN/beta", "block_7/expand/batch_norm/beta"],
  ["keras", "Conv_1_bn/gamma", "head/batch_norm/gamma"],
  ["keras", "predictions/bias", "classifier/bias"],
  ["canonical", "block_3/expand/batch_norm/mean", "block_3/expand/batch_norm/mean"],
  ["canonical", "somewhere/else/weights", undefined],
];

describe("placeOf", () => {
  it.each(cases)("%s: %s", (scheme, theirs, ours) => {
    const place = placeOf(theirs, scheme);
    expect(place && `${place.layer}/${place.part}`).toBe(ours);
  });

  it("knows every parameter of every network by its own name", () => {
    for (const graph of [mobilenetV2(), ssdlite(), deeplabV3({ aspp: true })]) {
      for (const name of graph.parameters.keys()) {
        const place = placeOf(name, "canonical");
        expect(place && `${place.layer}/${place.part}`).toBe(name);
      }
    }
  });
});

describe("detectScheme", () => {
  it.each<[NamingScheme, string]>([
    ["slim", "FeatureExtractor/MobilenetV2/expanded_conv/depthwise/depthwise_weights"],
    ["keras", "expanded_conv_depthwise/depthwise_kernel"],
    ["canonical", "stem/weights"],
  ])("recognises %s", (scheme, name) => {
    expect(detectScheme(["global_step", name])).toBe(scheme);
  });

  it("says so where nobody's names are used", () => {
    expect(() => detectScheme(["conv1/7x7_s2"])).toThrow(/not named like a MobileNetV2.*conv1/);
  });
});
