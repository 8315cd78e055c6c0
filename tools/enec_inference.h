#ifndef NPUSIM_TOOLS_ENEC_INFERENCE_H
#define NPUSIM_TOOLS_ENEC_INFERENCE_H
/*
 * End-to-end inference as the artifact of ENEC (arXiv 2604.03298) computes it
 * (global_analysis_decomp_enec.py): weights stay compressed, and while a layer computes, the
 * next is decompressed. A layer costs what decompressing it takes longer than the computation
 * that hides it:
 *
 *     latency = computation + layers * (GiB / layers / throughput - hidden)
 *
 * The baseline keeps weights as they are and offloads the layers for which there is no room to
 * the host. It is measured; so are computation and hidden.
 */
#include <stddef.h>

struct enec_phase {
    const char *name;
    double baseline_s; /* with offloading */
    double hidden_s;   /* computation of a layer, which hides decompression */
    double computation_s;
    double gain; /* over the baseline, as the paper's text has it: up to */
    double gain_over_hans;
};

enum { PHASE_TTFT, PHASE_TPOT, ENEC_PHASES };

/* Qwen3-32B, batch 1. */
extern const struct enec_phase enec_phases[ENEC_PHASES];
#define ENEC_LAYERS 64
#define ENEC_MODEL_GIB 61.02

/* Seconds; a layer whose decompression is hidden altogether costs nothing (the artifact, whose
 * figures never come so far, would subtract). */
double enec_latency(const struct enec_phase *phase, double throughput_gibps);

#endif
