/**
 * How good samples of a model's prior are: as sharp and colourful as real pictures, and new.
 *
 * Real pictures are at most LK_SAMPLES_REAL of the split, evenly spaced. A copy of a training
 * picture is closer to it than new pictures are to theirs. But blurred pictures are close to many,
 * so a copy must also be much closer to the nearest than to the second nearest.
 */
#ifndef LIKENESS_EVALUATE_SAMPLES_H
#define LIKENESS_EVALUATE_SAMPLES_H

#include "evaluate/nearest.h"
#include "evaluate/prior.h"
#include "net/trained.h"

#include <likeness/evaluate.h>

struct cJSON;

enum { LK_SAMPLES_REAL = 2000, LK_CLOSEST_MAX = 64 };

typedef struct lk_samples_options {
    int n;
    uint64_t seed;
    const lk_prior *prior;
    lk_split split; /* of the real pictures: val or test */
    int n_closest;  /* at most LK_CLOSEST_MAX */
    lk_feature_source features;
    const lk_stop *stop;
} lk_samples_options;

/** A mean over the samples over the same of real pictures; NaN: undefined. */
typedef struct lk_samples_ratio {
    double value, se;
} lk_samples_ratio;

/** Distances to the nearest training picture, as lk_neighbour has them. */
typedef struct lk_samples_distances {
    double mean, se, lowest;
    double to_second; /* mean of the distance over that to the second nearest */
} lk_samples_distances;

typedef struct lk_closest {
    int sample;
    lk_neighbour nearest;
} lk_closest;

typedef struct lk_samples {
    int n, n_real, n_train;
    uint64_t seed;
    lk_split split;
    lk_samples_ratio sharpness, chroma; /* gradient magnitude, CIELAB chroma: see metric.h */
    double frechet; /* between samples and real pictures; NaN without a network */
    lk_samples_distances of_samples, of_real;
    /* the distance below which one of 100 real pictures is, and the same of the distance over that
       to the second nearest */
    double threshold, threshold_to_second;
    int n_closer, n_copies; /* samples below the first, below both */
    int n_closest;
    lk_closest closest[LK_CLOSEST_MAX]; /* the samples nearest to training pictures, in order */
} lk_samples;

/**
 * Decode samples of the prior, as the command sample does with the same seed, and measure them.
 * `decoder`: with output and latent.
 * errors  LK_FORMAT (the pack has no pictures to train on, or none in the split, or others than the
 *         model), LK_MEMORY, those of lk_feature_meter_create, or the answer of `stop`
 */
lk_status lk_samples_measure(const lk_trained *decoder, const lk_pack *pack, const char *data,
                             const lk_samples_options *options, lk_samples *out, lk_error *err);
/** Add a member "samples" to a JSON object. Errors: LK_MEMORY. */
lk_status lk_samples_json(const lk_samples *samples, const lk_pack *pack, struct cJSON *object,
                          lk_error *err);

#endif
