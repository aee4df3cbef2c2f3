/* A small libnvidia-ml.so.1: enough of NVML to exercise the real ctypes path without a GPU.
   STUB_MODE: normal, notsupported, lost, reset, two, mig, notloaded, averaged. -DMISSING leaves most symbols out. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OK 0
#define NOT_SUPPORTED 3
#define NOT_FOUND 6
#define INSUFFICIENT_SIZE 7
#define DRIVER_NOT_LOADED 9
#define GPU_IS_LOST 15

typedef struct { int index; } device;
static device devices[2] = {{0}, {1}};
static struct timespec began;

static int mode(const char *name) {
    const char *m = getenv("STUB_MODE");
    return m && !strcmp(m, name);
}

/* Whether what happens half way has happened: once the file STUB_LATER is there. */
static int later(void) {
    const char *file = getenv("STUB_LATER");
    return file && access(file, F_OK) == 0;
}

static int state(void) {
    if (mode("notsupported")) return NOT_SUPPORTED;
    if (mode("lost") && later()) return GPU_IS_LOST;
    return OK;
}

int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    if (!began.tv_sec) clock_gettime(CLOCK_MONOTONIC, &began); /* a receipt opens NVML again while it is sampled */
    return mode("notloaded") ? DRIVER_NOT_LOADED : OK;
}
int nvmlShutdown(void) { return OK; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = mode("two") ? 2 : 1; return OK; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, device **out) { *out = &devices[index]; return OK; }
int nvmlDeviceGetName(device *d, char *name, unsigned size) {
    int s = state();
    if (s) return s;
    snprintf(name, size, mode("mig") ? "NVIDIA A100-SXM4-40GB" : "Stub GPU %d", d->index);
    return OK;
}

#ifndef MISSING
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began.tv_sec) + (double)(now.tv_nsec - began.tv_nsec) / 1e9;
}
int nvmlSystemGetDriverVersion(char *text, unsigned size) { snprintf(text, size, "999.01"); return OK; }
int nvmlSystemGetCudaDriverVersion(int *version) { *version = 12040; return OK; }
int nvmlDeviceGetUUID(device *d, char *text, unsigned size) {
    int s = state();
    if (s) return s;
    snprintf(text, size, "GPU-stub-%d", d->index);
    return OK;
}
/* A reading of a recorded series, which stands until the next one is set; without one the stub has values of its own. */
static struct { int set; unsigned long long mj, used; unsigned mw, average, util, sm; } replayed;
void stub_replay(unsigned long long mj, unsigned mw, unsigned average, unsigned long long used, unsigned util, unsigned sm) {
    replayed.set = 1;
    replayed.mj = mj; replayed.mw = mw; replayed.average = average; replayed.used = used; replayed.util = util;
    replayed.sm = sm;
}
int nvmlDeviceGetMemoryInfo(device *d, uint64_t *memory) {
    int s = state();
    if (s) return s;
    memory[0] = 8192ULL << 20; memory[2] = (1504ULL + 512 * d->index) << 20; memory[1] = memory[0] - memory[2];
    return OK;
}
/* c_nvmlMemory_v2_t: version, total, reserved, free, used. Version 1 counts the reserve as used. */
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory_v2;
int nvmlDeviceGetMemoryInfo_v2(device *d, memory_v2 *m) {
    int s = state();
    if (s) return s;
    m->total = 8192ULL << 20; m->reserved = 480ULL << 20; m->used = (1024ULL + 512 * d->index) << 20;
    if (replayed.set) m->used = replayed.used;
    m->free = m->total - m->reserved - m->used;
    return OK;
}
int nvmlDeviceGetMemoryBusWidth(device *d, unsigned *bits) { (void)d; *bits = 5120; return state(); }
int nvmlDeviceGetMaxClockInfo(device *d, int type, unsigned *mhz) { (void)d; *mhz = type == 1 ? 1980 : 2619; return state(); }
int nvmlDeviceGetNumGpuCores(device *d, unsigned *cores) { (void)d; *cores = 16896; return state(); }
int nvmlDeviceGetCudaComputeCapability(device *d, int *major, int *minor) {
    (void)d;
    *major = 9;
    *minor = 0;
    return state();
}
int nvmlDeviceGetEnforcedPowerLimit(device *d, unsigned *mw) { (void)d; *mw = 250000; return state(); }
int nvmlDeviceGetMigMode(device *d, unsigned *current, unsigned *pending) {
    (void)d;
    *current = *pending = mode("mig");
    return mode("notsupported") ? NOT_SUPPORTED : OK;
}
int nvmlDeviceGetMaxMigDeviceCount(device *d, unsigned *count) { (void)d; *count = 7; return OK; }
int nvmlDeviceGetMigDeviceHandleByIndex(device *d, unsigned index, device **out) {
    *out = d;
    return index < 2 ? OK : NOT_FOUND;
}
int nvmlDeviceGetMaxPcieLinkGeneration(device *d, unsigned *v) { (void)d; *v = 4; return state(); }
int nvmlDeviceGetMaxPcieLinkWidth(device *d, unsigned *v) { (void)d; *v = 16; return state(); }
int nvmlDeviceGetUtilizationRates(device *d, unsigned *rates) {
    (void)d;
    if (mode("mig")) return NOT_SUPPORTED;
    rates[0] = replayed.set ? replayed.util : 80; rates[1] = 40;
    return state();
}
int nvmlDeviceGetPowerUsage(device *d, unsigned *mw) { (void)d; *mw = replayed.set ? replayed.average : 90000; return state(); }
int nvmlDeviceGetTotalEnergyConsumption(device *d, unsigned long long *mj) {
    double t = seconds();
    (void)d;
    *mj = 5000000ULL + (unsigned long long)(t * 100e3); /* 100 W */
    if (replayed.set) *mj = replayed.mj;
    if (mode("reset") && later()) *mj = (unsigned long long)(t * 100e3);
    return state();
}
int nvmlDeviceGetClockInfo(device *d, int type, unsigned *mhz) { (void)d; *mhz = type == 1 ? (replayed.set ? replayed.sm : 1500) : 7000; return state(); }
int nvmlDeviceGetTemperature(device *d, int sensor, unsigned *t) { (void)d; (void)sensor; *t = 65; return state(); }
int nvmlDeviceGetCurrentClocksEventReasons(device *d, unsigned long long *bits) {
    (void)d;
    *bits = later() ? 0x24 : 0x1; /* power cap and thermal half way, idle before */
    return state();
}
/* KB/s, received (1) and sent (0) */
int nvmlDeviceGetPcieThroughput(device *d, int what, unsigned *kbs) { (void)d; *kbs = what ? 3000000 : 250000; return state(); }
/* c_nvmlProcessInfo_v3_t. STUB_PID holds 512 MiB, another process 256 MiB. */
typedef struct { unsigned pid; unsigned long long used; unsigned gpu, compute; } process;
int nvmlDeviceGetComputeRunningProcesses_v3(device *d, unsigned *count, process *found) {
    const char *pid = getenv("STUB_PID");
    unsigned room = *count;
    (void)d;
    if (state()) return state();
    *count = 2;
    if (room < 2 || !found) return INSUFFICIENT_SIZE;
    found[0].pid = pid ? (unsigned)atoi(pid) : 4242; found[0].used = 512ULL << 20;
    found[1].pid = 999999; found[1].used = 256ULL << 20;
    return OK;
}
/* c_nvmlFieldValue_t: id, scope, timestamp, latency, type, return, value */
typedef struct { uint32_t id, scope; int64_t at, latency; uint32_t type, ret; union { unsigned ui; double d; uint64_t u; } value; } field;
int nvmlDeviceGetFieldValues(device *d, int count, field *values) {
    (void)d;
    for (int i = 0; i < count; i++) {
        values[i].ret = mode("averaged") ? NOT_SUPPORTED : OK;
        values[i].value.ui = replayed.set ? replayed.mw : 100000;
    }
    return state();
}
#endif
