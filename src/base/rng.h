/** Random numbers from a counter: the same on every machine, with no state to save. */
#ifndef LIKENESS_BASE_RNG_H
#define LIKENESS_BASE_RNG_H

#include <likeness/base.h>

/** What a sequence is for. A sequence is named by (seed, stream, epoch, index): there is no state
 * to save. */
typedef enum lk_stream {
    LK_STREAM_INIT = 1,   /* index: parameter */
    LK_STREAM_SHUFFLE,    /* epoch */
    LK_STREAM_FLIP,       /* epoch, index: image */
    LK_STREAM_NOISE,      /* latent noise. epoch, index: image */
    LK_STREAM_PRIOR,      /* prior samples. epoch, index: image */
    LK_STREAM_SYNTHETIC,  /* index: picture */
    LK_STREAM_BASELINE,   /* random start of the PCA */
    LK_STREAM_TEST,       /* 8: golden scripts know it */
    LK_STREAM_EVAL_NOISE, /* latent noise of evaluation. index: image */
    LK_STREAM_EVAL_PRIOR, /* prior samples of evaluation. epoch: batch, index: sample */
    LK_STREAM_SAMPLE,     /* codes of the command sample. index: picture */
    /* of a graph's first dropout; that of dropout k is LK_STREAM_DROPOUT + (k << LK_STREAM_BITS).
       epoch: step, index: image */
    LK_STREAM_DROPOUT,         /* 12: golden scripts know it */
    LK_STREAM_AUGMENT,         /* epoch, index: image */
    LK_STREAM_CORRUPTION,      /* of pictures in training. epoch: step, index: image in the batch */
    LK_STREAM_EVAL_CORRUPTION, /* of pictures in evaluation. index: picture */
    /* of dead codes. epoch: step, index: code; golden scripts know it */
    LK_STREAM_RESTART = 40,
} lk_stream;

enum { LK_STREAM_BITS = 8 };

/** One sequence of Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC
 * 2011). */
typedef struct lk_rng {
    uint32_t key[2], counter[4], block[4];
    int n_left; /* unread words of block */
} lk_rng;

/** The bijection itself: 4 words out of a 4-word counter and a 2-word key, 10 rounds. */
void lk_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

lk_rng lk_rng_at(uint64_t seed, lk_stream stream, uint32_t epoch, uint32_t index);
uint32_t lk_rng_u32(lk_rng *rng);
/** In [0, n), without bias; n > 0. */
uint32_t lk_rng_below(lk_rng *rng, uint32_t n);
/** In [0, 1), 53 bits. Takes two words. */
double lk_rng_uniform(lk_rng *rng);
/** The next n of them. */
void lk_rng_uniforms(lk_rng *rng, size_t n, double *out);
/** Mean 0, variance 1 (Box, Muller 1958). Takes four words. */
double lk_rng_normal(lk_rng *rng);
/** Pass over n words, as if by lk_rng_u32. */
void lk_rng_skip(lk_rng *rng, uint64_t n);

#endif
