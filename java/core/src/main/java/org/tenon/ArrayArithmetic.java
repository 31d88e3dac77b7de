package org.tenon;

import org.tenon.internal.NativeObject;
import org.tenon.internal.OpSpec;

/** The arithmetic and the comparisons of {@link NDArray}, with arrays and with scalars. */
abstract class ArrayArithmetic extends NativeObject {
  private static final OpSpec ADD = new OpSpec("broadcast_add", "lhs,rhs", "");
  private static final OpSpec SUB = new OpSpec("broadcast_sub", "lhs,rhs", "");
  private static final OpSpec MUL = new OpSpec("broadcast_mul", "lhs,rhs", "");
  private static final OpSpec DIV = new OpSpec("broadcast_div", "lhs,rhs", "");
  private static final OpSpec MOD = new OpSpec("broadcast_mod", "lhs,rhs", "");
  private static final OpSpec POW = new OpSpec("broadcast_power", "lhs,rhs", "");
  private static final OpSpec MAXIMUM = new OpSpec("broadcast_maximum", "lhs,rhs", "");
  private static final OpSpec MINIMUM = new OpSpec("broadcast_minimum", "lhs,rhs", "");
  private static final OpSpec EQ = new OpSpec("broadcast_equal", "lhs,rhs", "");
  private static final OpSpec NE = new OpSpec("broadcast_not_equal", "lhs,rhs", "");
  private static final OpSpec GT = new OpSpec("broadcast_greater", "lhs,rhs", "");
  private static final OpSpec GE = new OpSpec("broadcast_greater_equal", "lhs,rhs", "");
  private static final OpSpec LT = new OpSpec("broadcast_lesser", "lhs,rhs", "");
  private static final OpSpec LE = new OpSpec("broadcast_lesser_equal", "lhs,rhs", "");
  private static final OpSpec ADD_SCALAR = scalarSpec("_plus_scalar");
  private static final OpSpec SUB_SCALAR = scalarSpec("_minus_scalar");
  private static final OpSpec RSUB_SCALAR = scalarSpec("_rminus_scalar");
  private static final OpSpec MUL_SCALAR = scalarSpec("_mul_scalar");
  private static final OpSpec DIV_SCALAR = scalarSpec("_div_scalar");
  private static final OpSpec RDIV_SCALAR = scalarSpec("_rdiv_scalar");
  private static final OpSpec MOD_SCALAR = scalarSpec("_mod_scalar");
  private static final OpSpec RMOD_SCALAR = scalarSpec("_rmod_scalar");
  private static final OpSpec POW_SCALAR = scalarSpec("_power_scalar");
  private static final OpSpec RPOW_SCALAR = scalarSpec("_rpower_scalar");
  private static final OpSpec MAXIMUM_SCALAR = scalarSpec("_maximum_scalar");
  private static final OpSpec MINIMUM_SCALAR = scalarSpec("_minimum_scalar");
  private static final OpSpec EQ_SCALAR = scalarSpec("_equal_scalar");
  private static final OpSpec NE_SCALAR = scalarSpec("_not_equal_scalar");
  private static final OpSpec GT_SCALAR = scalarSpec("_greater_scalar");
  private static final OpSpec GE_SCALAR = scalarSpec("_greater_equal_scalar");
  private static final OpSpec LT_SCALAR = scalarSpec("_lesser_scalar");
  private static final OpSpec LE_SCALAR = scalarSpec("_lesser_equal_scalar");

  ArrayArithmetic(long handle) {
    super(handle);
  }

  /** An operator with one dynamic parameter. */
  private static OpSpec scalarSpec(String name) {
    return new OpSpec(name, "data", "scalar=0");
  }

  /** This object as what it is. */
  final NDArray self() {
    return (NDArray) this;
  }

  /**
   * Sum; shapes broadcast.
   *
   * @param other addend
   * @return a new array
   */
  public NDArray add(NDArray other) {
    return OpCalls.binary(ADD, self(), other);
  }

  /**
   * Sum.
   *
   * @param scalar addend, for every element
   * @return a new array
   */
  public NDArray add(double scalar) {
    return OpCalls.scalar(ADD_SCALAR, self(), scalar);
  }

  /**
   * Sum, in place; the other array may broadcast to this one's shape.
   *
   * @param other addend
   * @return this array
   */
  public NDArray addi(NDArray other) {
    OpCalls.binaryInto(ADD, self(), other, self());
    return self();
  }

  /**
   * Sum, in place.
   *
   * @param scalar addend, for every element
   * @return this array
   */
  public NDArray addi(double scalar) {
    OpCalls.scalarInto(ADD_SCALAR, self(), scalar, self());
    return self();
  }

  /**
   * Difference; shapes broadcast.
   *
   * @param other subtrahend
   * @return a new array
   */
  public NDArray sub(NDArray other) {
    return OpCalls.binary(SUB, self(), other);
  }

  /**
   * Difference.
   *
   * @param scalar subtrahend, for every element
   * @return a new array
   */
  public NDArray sub(double scalar) {
    return OpCalls.scalar(SUB_SCALAR, self(), scalar);
  }

  /**
   * Difference, in place; the other array may broadcast to this one's shape.
   *
   * @param other subtrahend
   * @return this array
   */
  public NDArray subi(NDArray other) {
    OpCalls.binaryInto(SUB, self(), other, self());
    return self();
  }

  /**
   * Difference, in place.
   *
   * @param scalar subtrahend, for every element
   * @return this array
   */
  public NDArray subi(double scalar) {
    OpCalls.scalarInto(SUB_SCALAR, self(), scalar, self());
    return self();
  }

  /**
   * Product, element by element; shapes broadcast.
   *
   * @param other factor
   * @return a new array
   */
  public NDArray mul(NDArray other) {
    return OpCalls.binary(MUL, self(), other);
  }

  /**
   * Product, element by element.
   *
   * @param scalar factor, for every element
   * @return a new array
   */
  public NDArray mul(double scalar) {
    return OpCalls.scalar(MUL_SCALAR, self(), scalar);
  }

  /**
   * Product, element by element, in place; the other array may broadcast to this one's shape.
   *
   * @param other factor
   * @return this array
   */
  public NDArray muli(NDArray other) {
    OpCalls.binaryInto(MUL, self(), other, self());
    return self();
  }

  /**
   * Product, element by element, in place.
   *
   * @param scalar factor, for every element
   * @return this array
   */
  public NDArray muli(double scalar) {
    OpCalls.scalarInto(MUL_SCALAR, self(), scalar, self());
    return self();
  }

  /**
   * Quotient; shapes broadcast.
   *
   * @param other divisor
   * @return a new array
   */
  public NDArray div(NDArray other) {
    return OpCalls.binary(DIV, self(), other);
  }

  /**
   * Quotient.
   *
   * @param scalar divisor, for every element
   * @return a new array
   */
  public NDArray div(double scalar) {
    return OpCalls.scalar(DIV_SCALAR, self(), scalar);
  }

  /**
   * Quotient, in place; the other array may broadcast to this one's shape.
   *
   * @param other divisor
   * @return this array
   */
  public NDArray divi(NDArray other) {
    OpCalls.binaryInto(DIV, self(), other, self());
    return self();
  }

  /**
   * Quotient, in place.
   *
   * @param scalar divisor, for every element
   * @return this array
   */
  public NDArray divi(double scalar) {
    OpCalls.scalarInto(DIV_SCALAR, self(), scalar, self());
    return self();
  }

  /**
   * Remainder, with the sign of the divisor; shapes broadcast.
   *
   * @param other divisor
   * @return a new array
   */
  public NDArray mod(NDArray other) {
    return OpCalls.binary(MOD, self(), other);
  }

  /**
   * Remainder, with the sign of the divisor.
   *
   * @param scalar divisor, for every element
   * @return a new array
   */
  public NDArray mod(double scalar) {
    return OpCalls.scalar(MOD_SCALAR, self(), scalar);
  }

  /**
   * Power; shapes broadcast.
   *
   * @param other exponent
   * @return a new array
   */
  public NDArray pow(NDArray other) {
    return OpCalls.binary(POW, self(), other);
  }

  /**
   * Power.
   *
   * @param scalar exponent, for every element
   * @return a new array
   */
  public NDArray pow(double scalar) {
    return OpCalls.scalar(POW_SCALAR, self(), scalar);
  }

  /**
   * The greater of two elements; shapes broadcast.
   *
   * @param other other operand
   * @return a new array
   */
  public NDArray maximum(NDArray other) {
    return OpCalls.binary(MAXIMUM, self(), other);
  }

  /**
   * The greater of two elements.
   *
   * @param scalar other operand, for every element
   * @return a new array
   */
  public NDArray maximum(double scalar) {
    return OpCalls.scalar(MAXIMUM_SCALAR, self(), scalar);
  }

  /**
   * The lesser of two elements; shapes broadcast.
   *
   * @param other other operand
   * @return a new array
   */
  public NDArray minimum(NDArray other) {
    return OpCalls.binary(MINIMUM, self(), other);
  }

  /**
   * The lesser of two elements.
   *
   * @param scalar other operand, for every element
   * @return a new array
   */
  public NDArray minimum(double scalar) {
    return OpCalls.scalar(MINIMUM_SCALAR, self(), scalar);
  }

  /**
   * 1 where elements are equal, 0 elsewhere; shapes broadcast.
   *
   * @param other other operand
   * @return a new array
   */
  public NDArray eq(NDArray other) {
    return OpCalls.binary(EQ, self(), other);
  }

  /**
   * 1 where elements are equal, 0 elsewhere.
   *
   * @param scalar other operand, for every element
   * @return a new array
   */
  public NDArray eq(double scalar) {
    return OpCalls.scalar(EQ_SCALAR, self(), scalar);
  }

  /**
   * 1 where elements differ, 0 elsewhere; shapes broadcast.
   *
   * @param other other operand
   * @return a new array
   */
  public NDArray ne(NDArray other) {
    return OpCalls.binary(NE, self(), other);
  }

  /**
   * 1 where elements differ, 0 elsewhere.
   *
   * @param scalar other operand, for every element
   * @return a new array
   */
  public NDArray ne(double scalar) {
    return OpCalls.scalar(NE_SCALAR, self(), scalar);
  }

  /**
   * 1 where this is greater, 0 elsewhere; shapes broadcast.
   *
   * @param other other operand
   * @return a new array
   */
  public NDArray gt(NDArray other) {
    return OpCalls.binary(GT, self(), other);
  }

  /**
   * 1 where this is greater, 0 elsewhere.
   *
   * @param scalar other operand, for every element
   * @return a new array
   */
  public NDArray gt(double scalar) {
    return OpCalls.scalar(GT_SCALAR, self(), scalar);
  }

  /**
   * 1 where this is greater or equal, 0 elsewhere; shapes broadcast.
   *
   * @param other other operand
   * @return a new array
   */
  public NDArray ge(NDArray other) {
    return OpCalls.binary(GE, self(), other);
  }

  /**
   * 1 where this is greater or equal, 0 elsewhere.
   *
   * @param scalar other operand, for every element
   * @return a new array
   */
  public NDArray ge(double scalar) {
    return OpCalls.scalar(GE_SCALAR, self(), scalar);
  }

  /**
   * 1 where this is less, 0 elsewhere; shapes broadcast.
   *
   * @param other other operand
   * @return a new array
   */
  public NDArray lt(NDArray other) {
    return OpCalls.binary(LT, self(), other);
  }

  /**
   * 1 where this is less, 0 elsewhere.
   *
   * @param scalar other operand, for every element
   * @return a new array
   */
  public NDArray lt(double scalar) {
    return OpCalls.scalar(LT_SCALAR, self(), scalar);
  }

  /**
   * 1 where this is less or equal, 0 elsewhere; shapes broadcast.
   *
   * @param other other operand
   * @return a new array
   */
  public NDArray le(NDArray other) {
    return OpCalls.binary(LE, self(), other);
  }

  /**
   * 1 where this is less or equal, 0 elsewhere.
   *
   * @param scalar other operand, for every element
   * @return a new array
   */
  public NDArray le(double scalar) {
    return OpCalls.scalar(LE_SCALAR, self(), scalar);
  }

  /**
   * Scalar minus element.
   *
   * @param scalar minuend
   * @return a new array
   */
  public NDArray rsub(double scalar) {
    return OpCalls.scalar(RSUB_SCALAR, self(), scalar);
  }

  /**
   * Scalar over element.
   *
   * @param scalar dividend
   * @return a new array
   */
  public NDArray rdiv(double scalar) {
    return OpCalls.scalar(RDIV_SCALAR, self(), scalar);
  }

  /**
   * Remainder with the operands exchanged, with the sign of the divisor: {@code scalar % this}.
   *
   * @param scalar what is divided by every element
   * @return a new array
   */
  public NDArray rmod(double scalar) {
    return OpCalls.scalar(RMOD_SCALAR, self(), scalar);
  }

  /**
   * Power with the operands exchanged: {@code scalar ** this}.
   *
   * @param scalar base, for every element as exponent
   * @return a new array
   */
  public NDArray rpow(double scalar) {
    return OpCalls.scalar(RPOW_SCALAR, self(), scalar);
  }
}
