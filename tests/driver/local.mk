# tests of driver
