/**
 * Networks whose weights people have beside MobileNetV2's, by names that only they have: what is not
 * read is at least called by its name.
 */

/** A name that such weights have, and what they are of. The first row that fits counts. */
const rows: readonly (readonly [RegExp, string])[] = [
  [
    /(?:^|\.)head\.classification_head\.module_list\./,
    "a detector of torchvision's (SSDLite on MobileNetV3, or SSD)",
  ],
  [
    /(?:^|\.)classifier\.(?:low_classifier|cbr)\./,
    "LR-ASPP on MobileNetV3 (lraspp_mobilenet_v3_large)",
  ],
  [
    /(?:^|\.)classifier\.0\.convs\.\d/,
    "torchvision's DeepLabv3, whose backbones are ResNet and MobileNetV3",
  ],
  [/(?:^|\.)(?:classification_headers|regression_headers)\.\d/, "an SSD of pytorch-ssd"],
  [/(?:^|\.)(?:rpn\.head|roi_heads)\./, "Faster R-CNN"],
  [/\.(?:scale|zero_point)$/, "a quantised one of PyTorch's: save the float network's"],
  [/(?:^|\.)features\.\d+\.\d+\.attn\./, "Swin Transformer"],
  [/(?:^|\.)inception3a\.branch1\./, "GoogLeNet"],
  [
    /(?:^|\.)features\.\d+(?:\.\d+)?\.block\.\d/,
    "torchvision's MobileNetV3, EfficientNet or ConvNeXt",
  ],
  [
    /(?:^|\.)blocks\.\d+\.\d+\.se\.conv_(?:reduce|expand)\./,
    "timm's EfficientNet, MobileNetV3 or another network with squeeze-and-excitation",
  ],
  [/(?:^|\.)mobilenet_v1\./, "MobileNetV1 of Hugging Face transformers"],
  [/(?:^|\.)MobilenetV1\//, "MobileNetV1 of TensorFlow's slim"],
  [/(?:^|\/)conv_dw_1\/depthwise_kernel/, "MobileNetV1 of Keras"],
  [/(?:^|\/)expanded_conv(?:_\d+)?[/_]squeeze_excite/, "Keras's MobileNetV3"],
  [/(?:^|\.)mobilevit(?:v2)?\./, "MobileViT"],
  [
    /(?:^|\.)blocks\.\d+\.attn\.|(?:^|\.)encoder\.layers?\.\w*\d+\..*attention/,
    "a vision transformer",
  ],
  [/(?:^|\.)layer1\.0\.conv1\.weight$/, "ResNet"],
  [/(?:^|\.)features\.denseblock1\./, "DenseNet"],
  [/(?:^|\.)Conv2d_1a_3x3\./, "Inception"],
  [/(?:^|\.)features\.\d+\.squeeze\.weight$/, "SqueezeNet"],
  [/(?:^|\.)stage2\.0\.branch1\.0\.weight$/, "ShuffleNetV2"],
  [/(?:^|\.)trunk_output\.block1\./, "RegNet"],
  [/(?:^|\.)layers\.8\.0\.layers\.0\.weight$/, "MNASNet"],
  [/(?:^|\.)model\.0\.conv\.weight$/, "YOLO"],
  [/^(?:.*\.)?features\.0\.weight$/, "VGG or AlexNet"],
];

/** What weights with these names are of, where that is another network. */
export function otherNetwork(names: readonly string[]): string | undefined {
  return rows.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
