#include "tools/enec_inference.h"

const struct enec_phase enec_phases[ENEC_PHASES] = {
    [PHASE_TTFT] = { "TTFT", 2.36064, 0.0032, 0.48, 4.1, 1.7 },
    [PHASE_TPOT] = { "TPOT", 1.1951, 0.0025, 0.24, 3.9, 1.6 },
};

double enec_latency(const struct enec_phase *phase, double throughput_gibps)
{
    double layer = ENEC_MODEL_GIB / ENEC_LAYERS / throughput_gibps - phase->hidden_s;
    return phase->computation_s + ENEC_LAYERS * (layer > 0 ? layer : 0);
}
