/* A stand-in for libcuda.so.1: memory of the host in place of a GPU's. CUDA_STUB: "none" no device, "hang" never ends. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int mode(const char *name) { const char *m = getenv("CUDA_STUB"); return m && !strcmp(m, name); }
int cuInit(unsigned flags) { (void)flags; if (mode("hang")) for (;;) pause(); return mode("none") ? 100 : 0; }
int cuDeviceGet(int *device, int at) { *device = at; return 0; }
int cuDevicePrimaryCtxRetain(void **context, int device) { (void)device; *context = context; return 0; }
int cuCtxSetCurrent(void *context) { return context ? 0 : 201; }
int cuMemAlloc_v2(unsigned long long *place, size_t size) {
    if (mode("full")) return 2;
    *place = (unsigned long long)malloc(size);
    return *place ? 0 : 2;
}
int cuMemcpyDtoD_v2(unsigned long long to, unsigned long long from, size_t size) {
    memcpy((void *)to, (void *)from, size);
    return 0;
}
int cuCtxSynchronize(void) { return 0; }
int cuMemFree_v2(unsigned long long place) { free((void *)place); return 0; }
int cuDevicePrimaryCtxRelease_v2(int device) { (void)device; return 0; }
