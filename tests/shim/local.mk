# tests of shim
