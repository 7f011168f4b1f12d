/** Trained models for other programs, as ONNX files. */
#ifndef LIKENESS_EXPORT_H
#define LIKENESS_EXPORT_H

#include <likeness/context.h>

LK_HEADER_BEGIN

#define LK_ONNX_ENCODER "encoder.onnx"
#define LK_ONNX_DECODER "decoder.onnx"

/**
 * Write the two parts of a trained model (a run's folder, a model file, a checkpoint) into a
 * folder, which is made if it does not exist. They compute what the model computes in evaluation,
 * in float32, for any number N of pictures (ONNX opset 17, IR version 8).
 *
 *   encoder.onnx  pictures (N, C, H, W), values in [0, 1]
 *                 -> code (N, Z), or (N, C, H, W) where codes are maps; with posteriors their mean
 *                 -> logvar, shaped like code: only if the model has posteriors
 *                 -> indices (N) or (N, H, W), int64: only if the model has a codebook; the code of
 *                    each vector
 *   decoder.onnx  code -> pictures
 *
 * The metadata of both files holds that of the model file: likeness.config, likeness.images,
 * likeness.data and likeness.codes. The same model gives the same bytes.
 *
 * errors  LK_READ, LK_FORMAT (the model); LK_USAGE (the folder has such a file and `force` is not
 *         set; an op without an ONNX form; a file of more than 2 GB); LK_WRITE; LK_MEMORY
 */
lk_status lk_export_onnx(const lk_context *context, const char *model, const char *folder,
                         bool force, lk_error *err);

LK_HEADER_END

#endif
