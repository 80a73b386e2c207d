# Spack recipe. In a repository of your own: spack repo create mine; copy to mine/packages/longhaul/package.py;
# spack dev-build -d /path/to/longhaul longhaul@0.3.0
# It builds a tree that you have: it names no address to fetch one from.
from spack.package import *


class Longhaul(CMakePackage):
    """Collective communication over local and long-haul links, measured."""

    license("Apache-2.0")
    version("0.3.0")

    variant("cuda", default=False, description="GPU modules: CUDA and NCCL")

    depends_on("cxx", type="build")
    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("hdf5+hl~mpi")
    depends_on("fmt@9:")
    depends_on("yaml-cpp")
    depends_on("nlohmann-json")
    depends_on("cli11")
    depends_on("hwloc")
    depends_on("py-plotly@6:", type="build")  # carries plotly.js 3, which reports inline
    depends_on("cuda", when="+cuda")
    depends_on("nccl", when="+cuda")

    generator("ninja")

    def cmake_args(self):
        bundles = find(self.spec["py-plotly"].prefix, "plotly.min.js")
        if not bundles:
            raise InstallError("py-plotly brought no plotly.min.js, which reports inline")
        return [
            self.define("LONGHAUL_TESTS", False),
            self.define("LONGHAUL_BENCHMARKS", False),
            self.define("LONGHAUL_PLOTLY_JS", bundles[0]),
            self.define_from_variant("LONGHAUL_CUDA", "cuda"),
        ]
